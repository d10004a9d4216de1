/** `agentName` → `agent_name`; a name that is in this spelling stays as it is. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `agent_name` → `agentName`; a name that is in this spelling stays as it is. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
