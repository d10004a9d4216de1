export { ensureDefaultOffice } from './default-office.ts';
export { GRACE_MS } from './grace.ts';
export { createOffice, deleteOffice } from './office.ts';
export { defaultOffice, findOffice, listOffices, loadOffice, type Office } from './office-store.ts';
export { findQuota, type Quota, readQuota, setQuota } from './quota.ts';
export { restoreOffice } from './restore.ts';
export { updateOfficeSettings, withSpellings } from './settings.ts';
