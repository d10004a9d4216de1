import { sha256Hex } from '@guildhall/kernel';

const NAME_CHARS_MAX = 64;
const HASH_CHARS = 8;

/**
 * The names under which an agent sees the tools of a server, by the server's own. A name that had to be clipped, or that two
 * tools would share, ends in a hash of the original: it is the same at every start, whatever the order of the list.
 */
export function offeredNames(server: string, names: readonly string[]): Map<string, string> {
  const prefix = `mcp__${server}__`;
  const plain = new Map(names.map((name) => [name, `${prefix}${name.replace(/[^A-Za-z0-9_-]/gu, '_')}`]));
  const times = new Map<string, number>();
  for (const offered of plain.values()) times.set(offered, (times.get(offered) ?? 0) + 1);
  const chosen = new Map<string, string>();
  const taken = new Set<string>();
  const hashed: string[] = [];
  for (const [name, offered] of plain) {
    // Of several that share a name, the one that bears it unchanged keeps it.
    const isItsOwn = offered === `${prefix}${name}` || times.get(offered) === 1;
    if (!isItsOwn || offered.length > NAME_CHARS_MAX) hashed.push(name);
    else {
      chosen.set(name, offered);
      taken.add(offered);
    }
  }
  for (const name of hashed) {
    let offered = plain.get(name) ?? name;
    // More than once only when another tool is called just like that, on purpose.
    do offered = withHash(offered, `${server}\0${name}\0${offered}`);
    while (taken.has(offered));
    taken.add(offered);
    chosen.set(name, offered);
  }
  return chosen;
}

function withHash(name: string, of: string): string {
  return `${name.slice(0, NAME_CHARS_MAX - HASH_CHARS - 1)}_${sha256Hex(of).slice(0, HASH_CHARS)}`;
}
