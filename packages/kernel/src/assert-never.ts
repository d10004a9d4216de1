/** A missing case in an exhaustive switch does not compile; at run time it ends the request, not the process. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
