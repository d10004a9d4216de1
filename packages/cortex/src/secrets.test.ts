import { expect, it } from 'vitest';
import { maskSecrets, maskSecretsIn } from './secrets.ts';

it.each([
  ['an API key', `key sk-ant-api03-${'aB3'.repeat(12)} here`, 'key [masked: API key] here'],
  ['one of ours', `mi_${'a1'.repeat(16)}`, '[masked: API key]'],
  ['an AWS key', 'AKIAIOSFODNN7EXAMPLE', '[masked: access key]'],
  ['a password in an address', 'postgres://root:hunter22@db/x', 'postgres://root:[masked: password]@db/x'],
  ['a named password', 'password: hunter2!xyz', 'password: [masked: password]'],
  ['a card number', 'pay with 5500 0000 0000 0004 today', 'pay with [masked: card number] today'],
  ['a token', `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${'x'.repeat(20)}`, 'Bearer [masked: token]'],
  [
    'a private key',
    `-----BEGIN PRIVATE KEY-----\n${'MIIB'.repeat(20)}\n-----END PRIVATE KEY-----`,
    '[masked: private key]',
  ],
  ['an agent’s key of ours', `mia_${'a1'.repeat(16)}`, '[masked: API key]'],
  ['a name with _ before it', 'DB_PASSWORD=hunter2secret', 'DB_PASSWORD=[masked: password]'],
  ['a token with a name before it', `TOKEN_ghp_${'a1'.repeat(18)}`, 'TOKEN_[masked: access token]'],
  ['an AWS secret', `aws_secret_access_key = ${'Ab3/'.repeat(10)}`, 'aws_secret_access_key = [masked: password]'],
  ['a short name', 'pw=Tr0ub4dor&3', 'pw=[masked: password]'],
  ['another language', 'Passwort: geheim123.', 'Passwort: [masked: password].'],
  ['words in quotes', 'passphrase: "correct horse battery"', 'passphrase: "[masked: password]"'],
  ['words to the end of the line', 'My passphrase: correct horse\nBye', 'My passphrase: [masked: password]\nBye'],
  ['a header', `Authorization: Bearer ${'a1b2'.repeat(8)}`, 'Authorization: Bearer [masked: token]'],
  ['a basic header', 'Authorization: Basic dXNlcjpodW50ZXIy', 'Authorization: Basic [masked: password]'],
  ['a webhook secret', `whsec_${'aB3'.repeat(10)}`, '[masked: access token]'],
  ['a card number with dots', 'card 5500.0000.0000.0004', 'card [masked: card number]'],
  [
    'a private key in a quoted mail',
    `> -----BEGIN RSA PRIVATE KEY-----\n> Proc-Type: 4,ENCRYPTED\n> ${'MIIB'.repeat(20)}\n> -----END RSA PRIVATE KEY-----`,
    '> [masked: private key]',
  ],
])('%s is masked', (_name, text, masked) => {
  expect(maskSecrets(text).text).toBe(masked);
});

it.each([
  'The password is required.',
  'Order 4111 1111 1111 1112 was sent.',
  'Call +49 170 1234567 890.',
  'risk-management-of-the-house',
])('%s stays as it is', (text) => {
  expect(maskSecrets(text)).toEqual({ text, masked: {} });
});

it('masks in everything that a value holds, and what a name says is a secret', () => {
  const masked = {};
  const value = { url: 'https://u:hunter22@h/x', list: [{ password: 'hunter2xyz', port: 80 }], none: null };
  expect(maskSecretsIn(value, masked)).toEqual({
    url: 'https://u:[masked: password]@h/x',
    list: [{ password: '[masked: password]', port: 80 }],
    none: null,
  });
  expect(masked).toEqual({ password: 2 });
});

it.each([
  'sk_'.repeat(300_000),
  '-----BEGIN PRIVATE KEY-----'.repeat(30_000),
  'a'.repeat(1_000_000),
  'password: '.repeat(100_000),
  '1 '.repeat(500_000),
  'Bearer '.repeat(100_000),
])('reads any text in time that grows with its length', (text) => {
  const startedAt = process.cpuUsage().user;
  maskSecrets(text);
  // Seconds at most where a quadratic pattern would take hours.
  expect(process.cpuUsage().user - startedAt).toBeLessThan(20_000_000);
});
