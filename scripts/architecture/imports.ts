export interface Import {
  target: string;
}

const STATEMENT =
  /^(?:import|export)\s+(?:type\s+)?(?:[\w*]+(?:\s+as\s+\w+)?\s*,?\s*)?(?:\{[^}]*\})?\s*(?:from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

/** What a module imports and re-exports. Formatting is Biome's, so the few forms there are can be told by their shape. */
export function importsOf(text: string): Import[] {
  return [...text.matchAll(STATEMENT), ...text.matchAll(DYNAMIC)].map(([, target = '']) => ({ target }));
}
