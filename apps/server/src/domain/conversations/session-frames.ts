import { canonicalJson, parseSessionFrame } from '@guildhall/kernel';

/** What our agents can do over chat, told to whoever opens a session. */
const CAPABILITIES = ['chat', 'memory', 'files', 'tasks'];

export function isControlFrame(content: string): boolean {
  return parseSessionFrame(content) !== undefined;
}

/** The acknowledgement that an agent owes for this message, if it owes one. */
export function acknowledgementOf(content: string): string | undefined {
  const frame = parseSessionFrame(content);
  if (frame?.type !== '__SESSION_START__') return undefined;
  return canonicalJson({ type: '__SESSION_ACK__', session_id: frame.session_id, capabilities: CAPABILITIES });
}
