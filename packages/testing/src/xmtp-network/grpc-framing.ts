import { gunzipSync } from 'node:zlib';
import { GrpcError } from './grpc-status.ts';

/** As much as the real node takes. */
export const REQUEST_BYTES_MAX = 50 * 1024 * 1024;

const PREFIX_BYTES = 5;

/** A message as it goes over the wire: not compressed, its length, itself. */
export function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The one message of a request. */
export function unframe(body: Buffer, encoding: string | string[] | undefined): Buffer {
  const length = body.readUInt32BE(1);
  if (body.length !== PREFIX_BYTES + length) throw new RangeError('a request is one whole message');
  const message = body.subarray(PREFIX_BYTES);
  if (body[0] === 0) return message;
  if (encoding !== 'gzip') throw new GrpcError('unimplemented', `compression ${String(encoding)} is not served`);
  return gunzipSync(message, { maxOutputLength: REQUEST_BYTES_MAX });
}
