import type { McpServerSettings } from './server-settings.ts';

/** Shorter values are words like `true` or `8080`: to hide them would only make text unreadable. */
const SECRET_CHARS_MIN = 6;

/** Hides what stands in the settings, since a server may repeat its credential in what it says of itself. */
export function secretHider(settings: McpServerSettings): (text: string) => string {
  const values =
    settings.transport === 'stdio'
      ? Object.values(settings.environment)
      : [...Object.values(settings.headers), ...secretsInAddress(settings.url)];
  // "Bearer x" is also known as "x".
  const secrets = [...values, ...values.flatMap((value) => value.split(/\s+/))]
    .filter((value) => value.length >= SECRET_CHARS_MIN)
    .sort((one, other) => other.length - one.length);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '[secret]'), text);
}

/** Some servers take their key in the address, although it does not belong there. */
function secretsInAddress(address: string): string[] {
  if (!URL.canParse(address)) return [address];
  const { searchParams, password } = new URL(address);
  return [...searchParams.values(), password];
}
