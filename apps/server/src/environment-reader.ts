import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings from variables and gathers what is wrong with them, so that all of it is said at once. */
export class Reader {
  readonly #environment: Environment;
  readonly #problems: string[];

  constructor(environment: Environment, problems: string[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  /** An empty variable counts as unset: that is how shells and compose files clear one. */
  #value(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  text(name: string, fallback: string): string {
    return this.#value(name) ?? fallback;
  }

  pattern(name: string, pattern: RegExp, wanted: string): string | undefined {
    const value = this.#value(name);
    // The value may be a secret: it is not repeated.
    if (value !== undefined && !pattern.test(value)) this.#problems.push(`${name} must be ${wanted}.`);
    return value;
  }

  complain(problem: string): void {
    this.#problems.push(problem);
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.#problems.push(`${name} must be a whole number from ${min} to ${max}, not "${value}".`);
    return fallback;
  }

  /** A program at the given path, or at the first of the usual ones that is there. */
  program(name: string, usual: readonly string[]): string | undefined {
    const given = this.#value(name);
    if (given !== undefined && !existsSync(given)) this.#problems.push(`${name} must be the path of a program.`);
    return given ?? usual.find((path) => existsSync(path));
  }

  /** An http(s) address without a slash at the end. */
  address(name: string): string | undefined {
    const value = this.pattern(name, /^https?:\/\/[^\s]+$/, 'an http:// or https:// address');
    return value?.replace(/\/+$/, '');
  }

  /** The path of a JSON file → its content. */
  json<T>(name: string, isRight: (value: unknown) => value is T, wanted: string): T | undefined {
    const path = this.#value(name);
    if (path === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (isRight(value)) return value;
    } catch {
      // Missing or no JSON: the same complaint.
    }
    this.#problems.push(`${name} must be the path of ${wanted}.`);
    return undefined;
  }

  /** Credits with at most two decimals → cents. */
  credits(name: string, fallbackCents: number): number {
    const value = this.#value(name);
    if (value === undefined) return fallbackCents;
    if (/^\d{1,9}(?:\.\d{1,2})?$/.test(value)) return Math.round(Number(value) * 100);
    this.#problems.push(`${name} must be credits with at most two decimals, such as 12.50, not "${value}".`);
    return fallbackCents;
  }

  oneOf<const Words extends readonly string[]>(name: string, words: Words, fallback: Words[number]): Words[number] {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    if (words.includes(value)) return value;
    this.#problems.push(`${name} must be one of ${words.join(', ')}, not "${value}".`);
    return fallback;
  }

  trustProxy(name: string): boolean | string {
    const value = this.#value(name);
    if (value === undefined || value === 'false') return false;
    if (value === 'true') return true;
    const isPlace = (part: string) =>
      isIP(part.replace(/\/\d{1,3}$/, '')) !== 0 || ['loopback', 'linklocal', 'uniquelocal'].includes(part);
    if (!value.split(',').every((part) => isPlace(part.trim())))
      this.#problems.push(`${name} must be the address of the proxy in front, such as 10.0.0.1 or 10.0.0.0/8.`);
    return value;
  }
}
