/** The frames of the session protocol (seed: mitosis-sdk-reference 6.2): they set up a channel and never reach a driver. */
export function parseSessionFrame(content: string): { type: string; session_id: string } | undefined {
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
