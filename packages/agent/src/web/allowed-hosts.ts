import { domainToASCII } from 'node:url';

/** Host names are compared in one form only: lower case, no brackets, no dot at the end, umlauts as DNS has them. */
export function plainHostName(hostname: string): string {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  return /^[\x20-\x7e]*$/.test(host) ? host : domainToASCII(host);
}

/**
 * Whether a list of hosts names this one. An entry is a host name, or `*.example.com` for every name below that one (not the
 * name itself); `:443` at its end holds it to one port. An entry that is neither allows nothing.
 */
export function isAllowedHost(hostname: string, port: number, allowedHosts: readonly string[]): boolean {
  const host = plainHostName(hostname);
  return allowedHosts.some((entry) => {
    const { name, port: onlyPort } = readEntry(entry);
    if (onlyPort !== undefined && onlyPort !== port) return false;
    if (!name.startsWith('*.')) return name !== '' && name === host;
    // The star stands for at least one label, and never for the dot in front of the domain.
    return name.length > 2 && host.length > name.length - 1 && host.endsWith(name.slice(1));
  });
}

function readEntry(entry: string): { name: string; port: number | undefined } {
  // Colons inside of an IPv6 address are not the one before a port.
  const [, host = entry, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(entry.trim()) ?? [];
  return { name: plainHostName(host), port: port === undefined ? undefined : Number(port) };
}
