export {
  completeReceipt,
  completeReceiptOfRun,
  failReceiptOfRun,
  listReceipts,
  loadReceipt,
  type OpenReceiptInput,
  openReceipt,
  type Receipt,
} from './receipt.ts';
