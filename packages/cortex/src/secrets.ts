/** What looks like a secret, and what it is called in its place. Linear on any text. */
const PATTERNS: { kind: string; pattern: RegExp; group?: number }[] = [
  {
    kind: 'private key',
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{20,8000}?-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
  },
  { kind: 'API key', pattern: /\b(?:sk|pk|rk)[-_](?:live|test|ant|proj|or|svcacct)?[-_]?[A-Za-z0-9_-]{20,200}\b/g },
  { kind: 'API key', pattern: /\b(?:mi|osk|osk_live|osk_test)_[A-Za-z0-9]{24,200}\b/g },
  { kind: 'access token', pattern: /\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|npm|hf)[_-][A-Za-z0-9_-]{20,255}\b/g },
  { kind: 'access token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,250}\b/g },
  { kind: 'access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { kind: 'access key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/g },
  { kind: 'token', pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g },
  { kind: 'password', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,100}:([^\s@/]{3,200})@/gi, group: 1 },
  {
    kind: 'password',
    pattern:
      /\b(?:password|passwd|passphrase|pwd|api[_ -]?key|secret(?:[_ -]?key)?|access[_ -]?token|auth[_ -]?token|client[_ -]?secret)["']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}["']?([^\s"',;]{8,200})/gi,
    group: 1,
  },
];
const CARD = /\b(?:\d[ -]?){12,18}\d\b/g;

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
      const value = String(captured);
      // A word is no password: "the password is required".
      if (kind === 'password' && (/^\[masked/.test(value) || (/\bis\b/i.test(whole) && /^[a-z]+\.?$/i.test(value))))
        return whole;
      return whole.replace(value, count(kind));
    });
  }
  clean = clean.replace(CARD, (number) => (isCardNumber(number) ? count('card number') : number));
  return { text: clean, masked };
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
