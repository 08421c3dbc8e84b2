import { Fault } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { checkSubscription, formatTopicName, parseNamespaceName, parseTopicName, topicPath } from './topic-name.ts';

test('1: a name that parses formats back to the same text', () => {
  for (const text of ['persistent://platformq/system/tenant-created-events', 'persistent://a/b.data/grün e?#&']) {
    expect(formatTopicName(parseTopicName(text))).toBe(text);
  }
  expect(parseNamespaceName('platformq/t-1.data')).toEqual({ tenant: 'platformq', namespace: 't-1.data' });
});

test('2: no part of a name can leave its place in a URL', () => {
  expect(topicPath(parseTopicName('persistent://a/b/x?y#z é'))).toBe('a/b/x%3Fy%23z%20%C3%A9');
  const refused = [
    '',
    'topic',
    'persistent://a/b',
    'persistent://a/b/',
    'persistent://a/b/c/d',
    'persistent://../b/c',
    'persistent://a/b/..',
    'persistent://a/b/.',
    'persistent://a b/c/d',
    'persistent://a/b/c\\d',
    'persistent://a/b/c\n',
    'non-persistent://a/b/c',
    'persistent://a/b/c://d',
    `persistent://a/b/${'x'.repeat(256)}`,
    'persistent://a/b/\ud800',
  ];
  for (const text of refused) expect(() => parseTopicName(text), text).toThrow(Fault);
  for (const text of ['', 'a', 'a/b/c', '../b', 'a/']) expect(() => parseNamespaceName(text), text).toThrow(Fault);
  for (const text of ['', '..', 'a/b']) expect(() => checkSubscription(text), text).toThrow(Fault);
});
