import type { Page } from '@guildhall/kernel';
import type { FastifyReply } from 'fastify';

/** For APIs whose lists are bare arrays: the next page's cursor goes into a header. */
export function itemsWithCursor<T>(reply: FastifyReply, page: Page<T>): T[] {
  if (page.nextCursor !== undefined) reply.header('X-Next-Cursor', page.nextCursor);
  return page.items;
}
