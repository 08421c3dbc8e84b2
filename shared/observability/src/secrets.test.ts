import { expect, test } from 'vitest';
import { createSecrets, isSecretName } from './secrets.ts';

test.each([
  'password',
  'PASSWD',
  'passphrase',
  'db_pass',
  'AUTH_JWT_SECRET',
  'token',
  'refresh_token',
  'apikey',
  'api_key',
  'accessKey',
  'access_key',
  'private_key',
  'signing_key',
  'MASTER_KEY',
  'Authorization',
  'Set-Cookie',
  'credential',
  'credentials',
])('%s names a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  '',
  'key',
  'idempotency_key',
  'tokens',
  'tokens_left',
  'token_expires_at',
  'password_age',
  'secretary',
  'author',
])('%j does not', (name) => {
  expect(isSecretName(name)).toBe(false);
});

test('3: a text of six characters can be registered, a shorter one and a word of the product cannot', () => {
  const secrets = createSecrets();
  expect(secrets.register('abcdef')).toBe(true);
  for (const text of [
    'abcde',
    '  abcde  ',
    'cassandra',
    'Ignite',
    'MINIOADMIN',
    'elastic',
    'elasticsearch',
    'pulsar',
    ' leasehold ',
  ]) {
    expect(secrets.register(text), text).toBe(false);
    expect(secrets.scrub(`it is ${text}`)).toBe(`it is ${text}`);
  }
});

test('1: a secret goes in every form and at every place, without the spaces around it', () => {
  const secrets = createSecrets();
  secrets.register(' p"ss w/rd ');
  for (const form of ['p"ss w/rd', 'p\\"ss w/rd', 'p%22ss%20w%2Frd', Buffer.from('p"ss w/rd').toString('base64')]) {
    expect(secrets.scrub(`a ${form} b ${form}`)).toBe('a [redacted] b [redacted]');
  }
});

test('1: a secret that holds another one is blotted out whole, in whatever order they came', () => {
  for (const order of [
    ['hunter2', 'hunter2-and-more'],
    ['hunter2-and-more', 'hunter2'],
  ]) {
    const secrets = createSecrets();
    for (const secret of order) secrets.register(secret);
    expect(secrets.scrub('hunter2-and-more, hunter2')).toBe('[redacted], [redacted]');
  }
});

test('a secret that is registered again is one; beyond the bound the oldest is forgotten', () => {
  const secrets = createSecrets();
  for (let at = 0; at < 1_000; at++) expect(secrets.register(`secret-${at}-x`)).toBe(true);
  expect(secrets.register('secret-0-x')).toBe(true);
  expect(secrets.scrub('secret-0-x')).toBe('[redacted]');
  expect(secrets.register('one-more-x')).toBe(true);
  expect([secrets.scrub('secret-0-x'), secrets.scrub('secret-1-x'), secrets.scrub('one-more-x')]).toEqual([
    'secret-0-x',
    '[redacted]',
    '[redacted]',
  ]);
});
