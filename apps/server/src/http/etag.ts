/** Whether `If-None-Match` names a content (RFC 9110, 13.1.2): any of a list, compared weakly; `*` is whatever there is. */
export function isNoneMatch(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((one) => one.trim().replace(/^W\//, '').replaceAll('"', '') === tag);
}
