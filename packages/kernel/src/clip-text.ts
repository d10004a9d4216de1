/** At most `charactersMax` UTF-16 units of a text, never half of a surrogate pair: PostgreSQL would refuse it. */
export function clipText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const last = text.charCodeAt(charactersMax - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? charactersMax - 1 : charactersMax);
}
