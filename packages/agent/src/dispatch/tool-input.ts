import { Ajv, type ValidateFunction } from 'ajv';
import type { ToolSpec } from './tool.ts';

const ajv = new Ajv({
  allErrors: true,
  strict: false,
  coerceTypes: true,
  code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
});
const validators = new WeakMap<object, ValidateFunction>();

/** A repeated group, or a very long pattern. */
const SLOW_PATTERN = /\)[+*{]|^.{500}/su;

/**
 * Patterns come from servers of others and run here: one that repeats a group may take for ever on a short text, and stop the
 * whole house. Such a pattern is not checked; the server checks what it is given anyway.
 */
function boundedPattern(pattern: string, flags: string): RegExp | { test(): boolean } {
  return SLOW_PATTERN.test(pattern) ? { test: () => true } : new RegExp(pattern, flags);
}

/** What is wrong with a tool's arguments, worded for the agent; undefined when nothing is. Numbers and booleans may be text. */
export function checkInput(spec: ToolSpec, input: unknown): string | undefined {
  let validate = validators.get(spec.inputSchema);
  if (validate === undefined) {
    validate = ajv.compile(spec.inputSchema);
    // The schemas of servers come and go: what is compiled is kept with its tool, not for ever.
    ajv.removeSchema(spec.inputSchema);
    validators.set(spec.inputSchema, validate);
  }
  if (validate(input)) return undefined;
  const problems = (validate.errors ?? []).slice(0, 5).map((error) => {
    const extra = error.params.additionalProperty as string | undefined;
    return `${error.instancePath || 'arguments'} ${error.message ?? 'is wrong'}${extra === undefined ? '' : ` ("${extra}")`}`;
  });
  return `The arguments of ${spec.name} are wrong: ${problems.join('; ')}.`;
}
