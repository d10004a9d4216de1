export {
  completeReceipt,
  completeReceiptOfRun,
  failReceiptOfRun,
  findReceiptOfRun,
  listReceipts,
  loadReceipt,
  type OpenReceiptInput,
  openReceipt,
  type Receipt,
} from './receipt.ts';
