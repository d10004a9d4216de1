export { ethereumSigner } from './ethereum-signer.ts';
export { XmtpAccount, type XmtpAccountOptions, type XmtpInbound, type XmtpTarget } from './xmtp-account.ts';
export { XmtpUnavailable, XmtpUnreachable } from './xmtp-errors.ts';
export {
  ETHEREUM,
  loadXmtp,
  type XmtpClient,
  type XmtpConversation,
  type XmtpLibrary,
  type XmtpMessage,
  type XmtpStream,
} from './xmtp-library.ts';
export { openXmtpLink, type XmtpLink, type XmtpLinkOptions } from './xmtp-link.ts';
