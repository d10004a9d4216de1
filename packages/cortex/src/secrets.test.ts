import { expect, it } from 'vitest';
import { maskSecrets } from './secrets.ts';

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
