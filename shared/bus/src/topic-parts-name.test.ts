import { expect, test } from 'vitest';
import {
  checkSubscription,
  checkTopicMade,
  formatTopicName,
  namespacePath,
  parseNamespaceName,
  parseTopicName,
  partitionTopic,
  topicPath,
} from './topic-name.ts';

const parses = (text: string): boolean => {
  try {
    return formatTopicName(parseTopicName(text)) === text;
  } catch (error) {
    expect(error).toMatchObject({ class: 'Invalid', code: 'InvalidName' });
    return false;
  }
};

test.each([
  ['persistent://t/n/x', true],
  ['persistent://a-=:.B_1/n/x', true],
  [`persistent://t/n/${'x'.repeat(255)}`, true],
  [`persistent://t/n/${'ü'.repeat(127)}`, true],
  [`persistent://t/n/${'ü'.repeat(128)}`, false],
  [`persistent://${'t'.repeat(256)}/n/x`, false],
  ['persistent://t/n+/x', false],
  ['persistent://t ü/n/x', false],
  ['persistent://t/n/x\u007f', false],
  ['persistent://t/n/x\u0000', false],
  ['persistent://t/./x', false],
  ['persistent://t/n/x/', false],
  ['persistent:///n/x', false],
  ['persistent://t//x', false],
  ['persistent://t/n', false],
  ['://t/n/x', false],
  ['t/n/x', false],
  ['persistent:/t/n/x', false],
  ['persistent://t/n/x://', false],
])('%j is the name of a topic: %s', (text, is) => {
  expect(parses(text)).toBe(is);
});

test.each([
  ['t/n', true],
  ['t', false],
  ['t/n/x', false],
  ['/n', false],
  ['t/', false],
  ['t/..', false],
  ['t/n ü', false],
])('%j is the name of a namespace: %s', (text, is) => {
  if (is) expect(parseNamespaceName(text)).toEqual({ tenant: 't', namespace: 'n' });
  else expect(() => parseNamespaceName(text)).toThrow(expect.objectContaining({ code: 'InvalidName' }));
});

test.each([
  ['a b', true],
  ['ü', true],
  ['x'.repeat(255), true],
  ['x'.repeat(256), false],
  ['a\\b', false],
  ['.', false],
])('%j is the name of a subscription: %s', (text, is) => {
  if (is) expect(checkSubscription(text)).toBe(text);
  else expect(() => checkSubscription(text)).toThrow(expect.objectContaining({ code: 'InvalidName' }));
});

test.each([
  ['x-partition-0', false],
  ['x-partition-12', false],
  ['-partition-3', false],
  ['x-partition-', true],
  ['x-partition-1-y', true],
  ['x-partition-y', true],
  ['partition-1', true],
])('a topic %j can be made: %s', (topic, may) => {
  const name = { tenant: 't', namespace: 'n', topic };
  if (may) expect(checkTopicMade(name)).toBe(name);
  else expect(() => checkTopicMade(name)).toThrow(expect.objectContaining({ class: 'Invalid', code: 'InvalidName' }));
});

test('a partition is named by its number, and every part of a path is quoted', () => {
  expect(partitionTopic('persistent://t/n/x', 3)).toBe('persistent://t/n/x-partition-3');
  expect(topicPath({ tenant: 'a:b', namespace: 'c=d', topic: 'e f/?' })).toBe('a%3Ab/c%3Dd/e%20f%2F%3F');
  expect(namespacePath({ tenant: 'a:b', namespace: 'c=d' })).toBe('a%3Ab/c%3Dd');
});

test('a name that is refused is shown, no more of it than fits', () => {
  expect(() => parseTopicName('x'.repeat(400))).toThrow(`got "${'x'.repeat(300)}"`);
  expect(() => parseNamespaceName('x'.repeat(400))).toThrow(`got "${'x'.repeat(300)}"`);
});
