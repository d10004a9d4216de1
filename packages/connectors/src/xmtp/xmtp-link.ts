import { loadXmtp, type XmtpLibrary } from './xmtp-library.ts';

export interface XmtpLinkOptions {
  network: 'production' | 'dev' | 'local';
  /** Where the network answers; by default where the library says. */
  url?: string | undefined;
  /** Where the library was installed; by default beside this project's packages. */
  folder?: string | undefined;
}

/** What all accounts of a process reach the network through: one connection instead of one each. */
export interface XmtpLink {
  library: XmtpLibrary;
  backend: unknown;
}

/** Throws `XmtpUnavailable` without the library, or what the library throws. */
export async function openXmtpLink({ network, url, folder }: XmtpLinkOptions): Promise<XmtpLink> {
  const library = await loadXmtp(folder);
  const backend = await library.createBackend({
    env: network,
    appVersion: 'guildhall',
    ...(url === undefined ? {} : { apiUrl: url }),
  });
  return { library, backend };
}
