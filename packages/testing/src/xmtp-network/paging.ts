import { type ProtobufMessage, writeMessage } from './protobuf.ts';
import { type Entry, PAGE_SIZE_MAX, type PageRequest } from './topic-log.ts';

const ASCENDING = 1;
const DESCENDING = 2;

/** `PagingInfo` of a request; newest first unless it asks otherwise. */
export function readPaging(paging: ProtobufMessage | undefined): PageRequest {
  const limit = Number(paging?.integer(2) ?? 0n);
  return {
    isAscending: Number(paging?.integer(1) ?? 0n) === ASCENDING,
    limit: limit > 0 && limit <= PAGE_SIZE_MAX ? limit : PAGE_SIZE_MAX,
    cursor: paging?.integer(3) ?? 0n,
  };
}

/** `PagingInfo` of an answer: a cursor only after a full page, which tells the client that there may be more. */
export function writePaging(asked: PageRequest, page: readonly Entry<unknown>[]): Buffer {
  const last = page.length >= asked.limit ? page.at(-1) : undefined;
  return writeMessage({ 1: asked.isAscending ? ASCENDING : DESCENDING, 2: asked.limit, 3: last?.id ?? 0n });
}
