import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { XmtpUnavailable } from './xmtp-errors.ts';

/** What is used of @xmtp/node-sdk, from version 6 on. */
export interface XmtpLibrary {
  Client: {
    create(signer: XmtpSigner, options: Record<string, unknown>): Promise<XmtpClient>;
  };
  /** What several clients of one process reach the network through. */
  createBackend(options: Record<string, unknown>): Promise<unknown>;
  encodeText(text: string): unknown;
}

export interface XmtpSigner {
  type: 'EOA';
  getIdentifier(): XmtpIdentifier;
  signMessage(message: string): Uint8Array;
}

export interface XmtpIdentifier {
  identifier: string;
  identifierKind: number;
}

export interface XmtpClient {
  inboxId: string;
  conversations: {
    /** Of invitations into groups only. */
    sync(): Promise<unknown>;
    syncAll(consentStates: number[]): Promise<unknown>;
    list(options: { consentStates: number[] }): Promise<XmtpConversation[]>;
    getConversationById(id: string): Promise<XmtpConversation | undefined>;
    createDmWithIdentifier(identifier: XmtpIdentifier): Promise<XmtpConversation>;
    createGroupWithIdentifiers(
      identifiers: XmtpIdentifier[],
      options: { groupName: string; appData?: string },
    ): Promise<XmtpConversation>;
    streamAllMessages(options: Record<string, unknown>): Promise<XmtpStream>;
    stream(options: Record<string, unknown>): Promise<XmtpStream<XmtpConversation>>;
  };
  preferences: {
    inboxState(refreshFromNetwork?: boolean): Promise<{ installations: unknown[] }>;
    getInboxStates(inboxIds: string[]): Promise<{ identifiers: XmtpIdentifier[] }[]>;
  };
  canMessage(identifiers: XmtpIdentifier[]): Promise<Map<string, boolean>>;
  revokeAllOtherInstallations(): Promise<void>;
  /** Not in the first versions of 6. */
  close?(): Promise<void>;
}

export interface XmtpStream<Item = XmtpMessage> extends AsyncIterable<Item | undefined> {
  end(): Promise<unknown>;
}

export interface XmtpConversation {
  id: string;
  /** Only groups have one. */
  name?: string;
  /** What a program keeps with a group; only groups have one. */
  appData?: string;
  /** Whether our account is a member of it still. */
  isActive?: boolean;
  members(): Promise<{ inboxId: string; accountIdentifiers: XmtpIdentifier[] }[]>;
  messages(options: Record<string, unknown>): Promise<XmtpMessage[]>;
  send(content: unknown, options: { shouldPush: boolean; idempotencyKey: string }): Promise<string>;
}

export interface XmtpMessage {
  id: string;
  conversationId: string;
  senderInboxId: string;
  sentAtNs: bigint;
  kind: number;
  content: unknown;
  contentType?: { typeId?: string };
  fallback?: string;
}

/** Constants of the library, which it keeps in an enumeration that only its own compiler sees. */
export const ETHEREUM = 0;
export const CONSENT_UNKNOWN = 0;
export const CONSENT_ALLOWED = 1;
export const SORT_BY_INSERTED_AT = 1;
export const DESCENDING = 1;
export const APPLICATION_MESSAGE = 0;

const PACKAGE = '@xmtp/node-sdk';
const INSTALL = `npm install --prefix <folder> --ignore-scripts ${PACKAGE}, and GUILDHALL_XMTP_FOLDER=<folder>`;

/**
 * The official library, from the folder where it was installed, or beside this project's packages. It is large (a program for
 * each platform) and not part of the install. Throws `XmtpUnavailable` with how to get it.
 */
export async function loadXmtp(folder: string | undefined): Promise<XmtpLibrary> {
  try {
    if (folder === undefined) return (await import(PACKAGE)) as XmtpLibrary;
    const path = createRequire(join(folder, 'package.json')).resolve(PACKAGE);
    return (await import(pathToFileURL(path).href)) as XmtpLibrary;
  } catch (cause) {
    throw new XmtpUnavailable(`The package ${PACKAGE} could not be loaded: ${INSTALL}.`, { cause });
  }
}
