import { APPLICATION_MESSAGE, type XmtpMessage } from './xmtp-library.ts';

/** What is shown beside messages and is none: who read, who laughed, who came and went. */
const NOT_SAID = new Set(['readReceipt', 'reaction', 'group_updated', 'leave_request', 'deletedMessage']);

/** What a message says; undefined for what is no message. What has no words here is told by the words that it brings for that. */
export function textOfMessage(message: XmtpMessage): string | undefined {
  const { kind, content, contentType, fallback } = message;
  if (kind !== APPLICATION_MESSAGE || NOT_SAID.has(contentType?.typeId ?? '')) return undefined;
  if (typeof content === 'string') return content;
  // An answer to a message holds what it says.
  if (typeof content === 'object' && content !== null && 'content' in content && typeof content.content === 'string')
    return content.content;
  return fallback === undefined || fallback === '' ? undefined : fallback;
}
