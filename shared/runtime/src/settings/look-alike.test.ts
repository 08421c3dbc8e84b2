/** Which setting a misspelt variable was meant to be: near misses only (1). */
import { expect, test } from 'vitest';
import { nearestName } from './look-alike.ts';

const KNOWN = ['PULSAR_URL', 'MINIO_ENDPOINT', 'CASSANDRA_HOSTS', 'HOST', 'PORT12', 'DATA_DIR'];

test.each([
  ['one letter too many', 'PULSAR_URLS', 'PULSAR_URL'],
  ['one letter too few', 'PULSR_URL', 'PULSAR_URL'],
  ['one letter wrong', 'PULSAR_URI', 'PULSAR_URL'],
  ['two neighbours swapped', 'PUSLAR_URL', 'PULSAR_URL'],
  ['the first two swapped', 'UPLSAR_URL', 'PULSAR_URL'],
  ['two edits in a short name', 'PULSR_URI', undefined],
  ['two edits in a long name', 'CASANDRA_HOST', 'CASSANDRA_HOSTS'],
  ['three edits in a long name', 'CASANDRA_HOS', undefined],
  ['an insertion and a swap in a long name', 'MINIO_NEDPOINTS', 'MINIO_ENDPOINT'],
  ['a name that is short', 'HOSTS', undefined],
  ['a name near one that is short', 'HOSTXY', undefined],
  ['six letters', 'PORT13', 'PORT12'],
  ['a home of somebody’s', 'MINIO_HOME', undefined],
  ['what Kubernetes sets', 'KUBERNETES_PORT12', undefined],
  ['nothing like it', 'SOMETHING_ELSE', undefined],
])('%s: %s is taken for %j', (_, given, expected) => {
  expect(nearestName(given, KNOWN)).toBe(expected);
});

test('of several the nearest is told, of equally near ones the first', () => {
  expect(nearestName('CASSANDRA_HOSTX', ['CASSANDRA_HOQQQ', 'CASSANDRA_HOSTS'])).toBe('CASSANDRA_HOSTS');
  expect(nearestName('PULSAR_URX', ['PULSAR_URL', 'PULSAR_URI'])).toBe('PULSAR_URL');
});

test('thirteen letters are a long name, twelve a short one', () => {
  expect(nearestName('ABCDEFGHIJK12', ['ABCDEFGHIJKLM'])).toBe('ABCDEFGHIJKLM');
  expect(nearestName('ABCDEFGHIJ12', ['ABCDEFGHIJKL'])).toBeUndefined();
});
