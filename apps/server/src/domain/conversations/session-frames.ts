import { canonicalJson } from '@guildhall/kernel';

/** What our agents can do over chat, told to whoever opens a session. */
const CAPABILITIES = ['chat', 'memory', 'files', 'tasks'];

/** The frames of the session protocol (seed: mitosis-sdk-reference 6.2): they set up a channel and never reach a driver. */
function parseFrame(content: string): { type: string; session_id: string } | undefined {
  if (!content.startsWith('{') || !content.includes('"__SESSION_')) return undefined;
  try {
    const frame: unknown = JSON.parse(content);
    if (typeof frame !== 'object' || frame === null || !('type' in frame)) return undefined;
    const type = String(frame.type);
    return type.startsWith('__SESSION_')
      ? { type, session_id: 'session_id' in frame ? String(frame.session_id) : '' }
      : undefined;
  } catch {
    return undefined;
  }
}

export function isControlFrame(content: string): boolean {
  return parseFrame(content) !== undefined;
}

/** The acknowledgement that an agent owes for this message, if it owes one. */
export function acknowledgementOf(content: string): string | undefined {
  const frame = parseFrame(content);
  if (frame?.type !== '__SESSION_START__') return undefined;
  return canonicalJson({ type: '__SESSION_ACK__', session_id: frame.session_id, capabilities: CAPABILITIES });
}
