export { acceptTransfer } from './accept.ts';
export { endTransfer, listOffers, loadTransfer, type OfficeTransfer, offerOffice } from './office-transfer.ts';
