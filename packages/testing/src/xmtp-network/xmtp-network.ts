import { GrpcServer } from './grpc-server.ts';
import type { GrpcStatus } from './grpc-status.ts';
import { IdentityApi } from './identity-api.ts';
import { MlsApi } from './mls-api.ts';
import type { GroupMessageKind } from './mls-wire.ts';

export interface XmtpNetwork {
  /** What a client is given as `apiUrl`, with `env: 'local'`. */
  url: string;
  /** Ends every open stream with UNAVAILABLE, as a hiccup of the network does; returns how many there were. */
  dropStreams(): number;
  /** Answers every new call with this status until it is lifted with undefined; open streams stay open. */
  refuse(status: GrpcStatus | undefined): void;
  /** Messages that the network keeps, of one conversation or of all, of one kind or of any. */
  groupMessageCount(conversationId?: string, kind?: GroupMessageKind): number;
  /** Invitations into conversations that the network keeps. */
  welcomeCount(): number;
  /** The inbox of an Ethereum address; undefined if none was registered. */
  inboxIdOf(address: string): string | undefined;
  inboxCount(): number;
  openStreamCount(): number;
  /** How often each method was called, by its path. */
  calls: ReadonlyMap<string, number>;
  /** Paths that were called and that the stand-in does not serve. */
  unknownPaths: ReadonlySet<string>;
  stop(): Promise<void>;
}

/**
 * A node of XMTP (v3, MLS) on loopback, kept in memory, for the official client. It speaks the real wire and treats
 * messages as the real node does: stored in order, handed on unread. It trusts what it gets: the clients verify.
 */
export async function startXmtpNetwork(): Promise<XmtpNetwork> {
  const identity = new IdentityApi();
  const mls = new MlsApi();
  const server = new GrpcServer({
    unary: { ...identity.methods.unary, ...mls.methods.unary },
    streams: { ...identity.methods.streams, ...mls.methods.streams },
  });
  return {
    url: await server.listen(),
    dropStreams: () => server.dropStreams(),
    refuse: (status) => server.refuse(status),
    groupMessageCount: (conversationId, kind) => mls.groupMessageCount(conversationId, kind),
    welcomeCount: () => mls.welcomeCount,
    inboxIdOf: (address) => identity.inboxIdOf(address),
    inboxCount: () => identity.inboxCount,
    openStreamCount: () => server.openStreamCount,
    calls: server.calls,
    unknownPaths: server.unknown,
    stop: () => server.stop(),
  };
}
