import { Ajv, type ValidateFunction } from 'ajv';
import type { ToolSpec } from './tool.ts';

const ajv = new Ajv({ allErrors: true, strict: false, coerceTypes: true });
const validators = new WeakMap<object, ValidateFunction>();

/** What is wrong with a tool's arguments, worded for the agent; undefined when nothing is. Numbers and booleans may be text. */
export function checkInput(spec: ToolSpec, input: unknown): string | undefined {
  let validate = validators.get(spec.inputSchema);
  if (validate === undefined) {
    validate = ajv.compile(spec.inputSchema);
    validators.set(spec.inputSchema, validate);
  }
  if (validate(input)) return undefined;
  const problems = (validate.errors ?? []).slice(0, 5).map((error) => {
    const extra = error.params.additionalProperty as string | undefined;
    return `${error.instancePath || 'arguments'} ${error.message ?? 'is wrong'}${extra === undefined ? '' : ` ("${extra}")`}`;
  });
  return `The arguments of ${spec.name} are wrong: ${problems.join('; ')}.`;
}
