import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { frame, REQUEST_BYTES_MAX, unframe } from './grpc-framing.ts';
import { GrpcError, type GrpcStatus, grpcStatuses } from './grpc-status.ts';
import { ProtobufMessage } from './protobuf.ts';

/** gRPC answers 200 whatever comes of a call; that is in its status. */
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };

/** Answers one request with one message. */
export type UnaryMethod = (request: ProtobufMessage) => Uint8Array;

/** Answers one request with messages for as long as the caller listens; returns what ends that. */
export type StreamMethod = (request: ProtobufMessage, send: (message: Uint8Array) => void) => () => void;

/** Methods by their path: `/package.Service/Method`. */
export interface GrpcMethods {
  unary: Record<string, UnaryMethod>;
  streams: Record<string, StreamMethod>;
}

/** gRPC over cleartext HTTP/2 on loopback, at a port that the system chooses: what a client of tonic needs, no more. */
export class GrpcServer {
  /** How often each path was called, the refused and the unknown ones too. */
  readonly calls = new Map<string, number>();
  /** Paths that were asked for and are not served: the first place to look when a new client does not get on. */
  readonly unknown = new Set<string>();
  readonly #methods: GrpcMethods;
  readonly #server = createServer();
  readonly #sessions = new Set<Http2Session>();
  readonly #ends = new Map<ServerHttp2Stream, (error: GrpcError) => void>();
  #refusal: GrpcStatus | undefined;

  constructor(methods: GrpcMethods) {
    this.#methods = methods;
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => stream.close());
      void this.#answer(stream, headers).catch((error: unknown) => refuseCall(stream, asGrpcError(error)));
    });
  }

  /** Returns the address for clients. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openStreamCount(): number {
    return this.#ends.size;
  }

  /** Answers every call from now on with this status; undefined lifts it. Streams that are open stay open. */
  refuse(status: GrpcStatus | undefined): void {
    this.#refusal = status;
  }

  /** Ends every open stream as a node does that goes down; returns how many there were. */
  dropStreams(): number {
    const ends = [...this.#ends.values()];
    for (const end of ends) end(new GrpcError('unavailable', 'the stream was dropped'));
    return ends.length;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const path = headers[':path'] ?? '';
    this.calls.set(path, (this.calls.get(path) ?? 0) + 1);
    if (this.#refusal !== undefined) throw new GrpcError(this.#refusal, 'the network was told to refuse');
    const unary = this.#methods.unary[path];
    const streamed = this.#methods.streams[path];
    if (unary === undefined && streamed === undefined) {
      this.unknown.add(path);
      throw new GrpcError('unimplemented', `${path} is not served`);
    }
    const request = new ProtobufMessage(unframe(await bodyOf(stream), headers['grpc-encoding']));
    if (unary !== undefined) answerOnce(stream, unary(request));
    else if (streamed !== undefined) this.#answerOn(stream, streamed, request);
  }

  #answerOn(stream: ServerHttp2Stream, method: StreamMethod, request: ProtobufMessage): void {
    // The headers must go out before the first message: tonic waits for them before it hands out the stream.
    const end = beginAnswer(stream);
    let stopFollowing: () => void;
    try {
      stopFollowing = method(request, (message) => stream.write(frame(message)));
    } catch (error) {
      end(asGrpcError(error));
      return;
    }
    const forget = () => {
      stopFollowing();
      this.#ends.delete(stream);
    };
    this.#ends.set(stream, (error) => {
      forget();
      end(error);
    });
    stream.once('close', forget);
  }
}

function answerOnce(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed) return;
  const end = beginAnswer(stream);
  stream.write(frame(message));
  end();
}

/** Sends the headers; the returned function ends the call, and its status follows as a trailer. */
function beginAnswer(stream: ServerHttp2Stream): (error?: GrpcError) => void {
  let failure: GrpcError | undefined;
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(statusHeaders(failure)));
  return (error) => {
    failure = error;
    stream.end();
  };
}

/** An answer without a message carries its status in the headers. It need not wait for the rest of the request. */
function refuseCall(stream: ServerHttp2Stream, error: GrpcError): void {
  if (stream.destroyed || stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else stream.respond({ ...HEADERS, ...statusHeaders(error) }, { endStream: true });
  stream.resume();
}

function statusHeaders(error: GrpcError | undefined): Record<string, string> {
  if (error === undefined) return { 'grpc-status': String(grpcStatuses.ok) };
  return { 'grpc-status': String(grpcStatuses[error.status]), 'grpc-message': encodeURIComponent(error.message) };
}

function asGrpcError(error: unknown): GrpcError {
  if (error instanceof GrpcError) return error;
  // What cannot be read is the fault of the request: everything that reads one throws RangeError.
  const status = error instanceof RangeError ? 'invalidArgument' : 'internal';
  return new GrpcError(status, error instanceof Error ? error.message : String(error));
}

async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // A request that is too large is to be told so, for which the stream must outlive the loop.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > REQUEST_BYTES_MAX) throw new GrpcError('resourceExhausted', 'the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
