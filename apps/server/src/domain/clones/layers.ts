/** What a package may hold, in the order in which it is told (spec: mitosis.md 3.6). */
export const clonePhases = ['identity', 'memory', 'skills', 'scripts', 'config', 'workspace'] as const;
export type ClonePhase = (typeof clonePhases)[number];

const LAYERS: [RegExp, ClonePhase][] = [
  [/^identity\/[^/]+\.md$/, 'identity'],
  [/^memory\/session\/.+$/, 'memory'],
  [/^memory\/hybrid-memory\.json$/, 'memory'],
  [/^skills\/.+$/, 'skills'],
  [/^scripts\/.+$/, 'scripts'],
  [/^config\/(?:clawdbot|cron-jobs)\.json$/, 'config'],
  [/^workspace\/(?:docs|articles|research|data)\/.+$/, 'workspace'],
];

/** Which phase a path belongs to; undefined for what a package does not hold. */
export function phaseOf(path: string): ClonePhase | undefined {
  return LAYERS.find(([pattern]) => pattern.test(path))?.[1];
}

const NEVER_FOLDERS = new Set([
  '.git',
  'node_modules',
  '.cache',
  'cache',
  '__pycache__',
  'secrets',
  'credentials',
  'browser',
  'devices',
]);
const NEVER_NAMES = /(?:^|\.)(?:env|sqlite|db|sock|pid|lock)$|^\.env(?:\..*)?$|^id_(?:rsa|ed25519)$|\.(?:pem|key)$/i;

/** Why a path is not taken in whatever the package says; undefined when it may be. */
export function refusalOf(path: string): string | undefined {
  const parts = path.split('/');
  const isOutside = path.startsWith('/') || path.includes('\\') || /\p{Cc}/u.test(path) || !path.isWellFormed();
  if (isOutside || parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'is not a path in the package';
  if (parts.some((part) => NEVER_FOLDERS.has(part.toLowerCase()))) return 'lies in a folder that is never packed';
  if (NEVER_NAMES.test(parts.at(-1) ?? '')) return 'is a kind of file that is never packed';
  return phaseOf(path) === undefined ? 'is no part of a package' : undefined;
}
