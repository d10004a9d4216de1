export interface Import {
  target: string;
  /** Nothing of it is left when the code runs. */
  typeOnly: boolean;
}

const STATEMENT =
  /^(?:import|export)\s+(type\s+)?(?:([\w*]+(?:\s+as\s+\w+)?)\s*,?\s*)?(\{[^}]*\})?\s*(?:from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

/** What a module imports and re-exports. Formatting is Biome's, so the few forms there are can be told by their shape. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const [, type, whole, named, target = ''] of text.matchAll(STATEMENT)) {
    const names = (named ?? '')
      .replace(/[{}]/g, '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const onlyTypes = whole === undefined && names.length > 0 && names.every((name) => name.startsWith('type '));
    found.push({ target, typeOnly: type !== undefined || onlyTypes });
  }
  for (const [, target = ''] of text.matchAll(DYNAMIC)) found.push({ target, typeOnly: false });
  return found;
}
