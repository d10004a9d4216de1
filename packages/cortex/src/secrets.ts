/** What stands before a secret: a word of its own, or a part of a name with `_`. */
const WORD = '(?<![A-Za-z0-9])';
const NAMES = [
  'pass(?:word|wd|phrase|wort)',
  'pwd?',
  'kennwort',
  'mot de passe',
  'contraseña',
  'senha',
  'wachtwoord',
  '(?:api|access|private|signing|encryption)[_ -]?key',
  'secret(?:[_ -]?(?:access[_ -]?)?key)?',
  '(?:access|auth|refresh|bearer)[_ -]?token',
  'client[_ -]?secret',
].join('|');

/** What looks like a secret, and what it is called in its place. Linear on any text. */
const PATTERNS: { kind: string; pattern: RegExp; group?: number }[] = [
  {
    kind: 'private key',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){20,10000}-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g,
  },
  {
    kind: 'API key',
    pattern: new RegExp(`${WORD}(?:sk|pk|rk)[-_](?:live|test|ant|proj|or|svcacct)?[-_]?[A-Za-z0-9_-]{20,200}\\b`, 'g'),
  },
  { kind: 'API key', pattern: new RegExp(`${WORD}(?:mia?|osk|osk_live|osk_test)_[A-Za-z0-9]{24,200}\\b`, 'g') },
  {
    kind: 'access token',
    pattern: new RegExp(
      `${WORD}(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|npm|hf|whsec)[_-][A-Za-z0-9_-]{20,255}\\b`,
      'g',
    ),
  },
  { kind: 'access token', pattern: new RegExp(`${WORD}xox[abeoprs]-[A-Za-z0-9-]{10,250}\\b`, 'g') },
  { kind: 'access token', pattern: new RegExp(`${WORD}(?:SG|ya29)\\.[A-Za-z0-9._-]{20,400}`, 'g') },
  { kind: 'access key', pattern: new RegExp(`${WORD}(?:AKIA|ASIA)[A-Z0-9]{16}\\b`, 'g') },
  { kind: 'access key', pattern: new RegExp(`${WORD}AIza[A-Za-z0-9_-]{35}\\b`, 'g') },
  { kind: 'token', pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g },
  { kind: 'token', pattern: /\bBearer\s{1,3}(?=[^\s]{0,200}\d)([A-Za-z0-9._~+/=-]{20,2000})/g, group: 1 },
  {
    kind: 'password',
    pattern: /\bAuthorization["']?\s{0,3}:\s{0,3}["']?Basic\s{1,3}([A-Za-z0-9+/=]{8,2000})/gi,
    group: 1,
  },
  { kind: 'password', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}:([^\s@/]{3,200})@/gi, group: 1 },
  {
    kind: 'password',
    pattern: new RegExp(`${WORD}(?:${NAMES})["']?\\s{0,3}(?:[:=]|\\bis\\b)\\s{0,3}["'“]([^"'“”\\n]{4,200})["'”]`, 'gi'),
    group: 1,
  },
  {
    kind: 'password',
    pattern: new RegExp(`${WORD}pass[_ -]?phrase\\s{0,3}[:=]\\s{0,3}([^"'\\s][^"'\\n]{6,200})`, 'gi'),
    group: 1,
  },
  {
    kind: 'password',
    pattern: new RegExp(`${WORD}(?:${NAMES})["']?\\s{0,3}(?:[:=]|\\bis\\b)\\s{0,3}["']?([^\\s"',;]{8,200})`, 'gi'),
    group: 1,
  },
];
const CARD = /(?<!\d)(?:\d[ .\u00a0\u2009-]?){12,18}\d(?!\d)/g;

export interface MaskedText {
  text: string;
  /** What was masked, by kind, with how often. */
  masked: Record<string, number>;
}

/** Puts `[masked: <kind>]` in the place of keys, tokens, passwords and card numbers. */
export function maskSecrets(text: string): MaskedText {
  const masked: Record<string, number> = {};
  const count = (kind: string) => {
    masked[kind] = (masked[kind] ?? 0) + 1;
    return `[masked: ${kind}]`;
  };
  let clean = text;
  for (const { kind, pattern, group } of PATTERNS) {
    clean = clean.replace(pattern, (whole: string, captured: unknown) => {
      if (group === undefined) return count(kind);
      // The full stop after it is the sentence's.
      const value = String(captured).replace(/[.!?)\]}>]+$/, '');
      // A word is no password: "the password is required".
      if (kind === 'password' && (/^\[masked/.test(value) || (/\bis\b/i.test(whole) && /^[a-z]+\.?$/i.test(value))))
        return whole;
      return whole.replace(value, () => count(kind));
    });
  }
  clean = clean.replace(CARD, (number) => (isCardNumber(number) ? count('card number') : number));
  return { text: clean, masked };
}

/** The same for everything that a value holds: texts in lists and objects, however deep. */
export function maskSecretsIn<Value>(value: Value, masked: Record<string, number>): Value {
  if (typeof value === 'string') {
    const clean = maskSecrets(value);
    for (const [kind, count] of Object.entries(clean.masked)) masked[kind] = (masked[kind] ?? 0) + count;
    return clean.text as Value;
  }
  if (Array.isArray(value)) return value.map((item) => maskSecretsIn(item, masked)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isNamed =
        typeof item === 'string' && maskSecrets(`${name}: ${item}`).text === `${name}: [masked: password]`;
      if (!isNamed) return [name, maskSecretsIn(item, masked)];
      masked.password = (masked.password ?? 0) + 1;
      return [name, '[masked: password]'];
    }),
  ) as Value;
}

/** Luhn's check, for numbers that begin as cards do. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || !/^(?:4|5[1-5]|2[2-7]|3[47]|6(?:011|5))/.test(digits)) return false;
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
