import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclesIn } from './cycles.ts';
import { deadExports } from './dead-exports.ts';
import { type Import, importsOf } from './imports.ts';
import { rules } from './rules.ts';

/** Checks the arrows of the house (ARCHITECTURE.md): which file may import which, no cycles, sizes, where the environment is read. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier));
  const workspace = /^@guildhall\/([a-z]+)$/.exec(specifier)?.[1];
  return workspace === undefined ? specifier : `packages/${workspace}/src/index.ts`;
}

const imports = new Map<string, Import[]>();
for (const [file, text] of sources)
  imports.set(
    file,
    importsOf(text).map((one) => ({ ...one, target: resolve(file, one.target) })),
  );

const problems: string[] = [];
for (const [file, targets] of imports) {
  for (const rule of rules) {
    if (!rule.from.test(file) || rule.except?.test(file) === true) continue;
    for (const { target } of targets) {
      if (rule.mayNotImport?.test(target) === true && rule.unless?.(file, target) !== true)
        problems.push(`${file} imports ${target}: ${rule.why}`);
    }
    for (const { pattern, why } of rule.mayNotContain ?? []) {
      if (pattern.test(sources.get(file) ?? '')) problems.push(`${file}: ${why}`);
    }
    const lines = (sources.get(file) ?? '').split('\n').length;
    if (rule.linesMax !== undefined && lines > rule.linesMax) problems.push(`${file} has ${lines} lines: ${rule.why}`);
  }
}
// Types too: two files that need each other's types are one idea, or one too few.
const graph = new Map([...imports].map(([file, targets]) => [file, targets.map((one) => one.target)]));
for (const cycle of cyclesIn(graph)) problems.push(`import cycle: ${cycle.join(' → ')}`);

problems.push(...deadExports(sources));

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
