export { authenticate } from './authenticate.ts';
export { byteRangeIn } from './byte-range.ts';
export type { Dialect } from './dialect.ts';
export { Answer, type Call, Door, type Receiving } from './door.ts';
export { isNoneMatch } from './etag.ts';
export { type EventStreamOptions, sendEventStream } from './event-stream.ts';
export { serveDocument } from './openapi.ts';
export { itemsWithCursor } from './page-header.ts';
export { openServer, type ServerOptions } from './server.ts';
