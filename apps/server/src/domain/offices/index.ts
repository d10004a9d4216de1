export { ensureDefaultOffice } from './default-office.ts';
export { createOffice, deleteOffice, type OfficeStatus, officeStatus } from './office.ts';
export { defaultOffice, findOffice, listOffices, loadOffice, type Office } from './office-store.ts';
export { updateOfficeSettings } from './settings.ts';
