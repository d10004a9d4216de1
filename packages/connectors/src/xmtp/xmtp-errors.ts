/** The network, or the library that speaks to it, is not there now. Worded for people. */
export class XmtpUnavailable extends Error {
  override name = 'XmtpUnavailable';
}

/** Nobody is reached at that address or in that group: trying again would not help. Worded for people. */
export class XmtpUnreachable extends Error {
  override name = 'XmtpUnreachable';
}
