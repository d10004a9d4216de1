/**
 * `<feed key>:<external id>`, with `#<n>` for one piece of it: `agent:0192…`, `drive_files:0192…#3`,
 * `ext_lab.integration_feed:row-7`. A feed key holds no colon; an external id may.
 */
export function universalId(feedKey: string, externalId: string, ordinal?: number): string {
  return `${feedKey}:${externalId}${ordinal === undefined ? '' : `#${ordinal}`}`;
}

export interface SourceName {
  feedKey: string;
  externalId: string;
}

/** Both ways to read it: an external id may itself end in `#` and digits. The whole one first. */
export function parseUniversalId(text: string): (SourceName & { ordinal?: number })[] {
  const colon = text.indexOf(':');
  if (colon < 1) return [];
  const feedKey = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const piece = /^(.+)#(\d{1,6})$/s.exec(rest);
  const names: (SourceName & { ordinal?: number })[] = [{ feedKey, externalId: rest }];
  if (piece?.[1] !== undefined) names.push({ feedKey, externalId: piece[1], ordinal: Number(piece[2]) });
  return names;
}
