/** Bytes → text: UTF-8, UTF-16 with its mark, else what Windows wrote. Broken bytes never end in an error. */
export function decodeText(bytes: Uint8Array): string {
  const marks: [number[], string][] = [
    [[0xff, 0xfe], 'utf-16le'],
    [[0xfe, 0xff], 'utf-16be'],
  ];
  for (const [mark, encoding] of marks)
    if (mark.every((byte, index) => bytes[index] === byte)) return clean(new TextDecoder(encoding).decode(bytes));
  try {
    return clean(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // A few broken bytes in a long UTF-8 text are no reason to read all of it as something else.
    const loose = new TextDecoder('utf-8').decode(bytes);
    const broken = loose.split('\ufffd').length - 1;
    return clean(broken * 200 < loose.length ? loose : new TextDecoder('windows-1252').decode(bytes));
  }
}

/** NUL is text to SQLite but not to PostgreSQL; no document needs it. */
function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
