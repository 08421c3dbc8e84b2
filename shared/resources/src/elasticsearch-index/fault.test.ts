/**
 * What a cluster's failures mean, with the words that real ones use.
 */
import { expect, test } from 'vitest';
import type { CallName } from '../edge/caller.ts';
import { elasticsearchFault, isToldByCluster } from './fault.ts';

const call: CallName = { backend: 'elasticsearch', name: 'create-index', kind: 'effect' };
const answered = (statusCode: number, body: unknown, headers = {}) =>
  elasticsearchFault(Object.assign(new Error('answered'), { name: 'ResponseError', statusCode, body, headers }), call);
const told = (type: string, reason: string) => ({ error: { type, reason } });

test.each([
  [
    400,
    'invalid_alias_name_exception',
    'Invalid alias name [a_all]: an index or data stream exists with the same name as the alias',
  ],
  [400, 'invalid_index_name_exception', 'Invalid index name [a_logs], already exists as alias'],
  [400, 'resource_already_exists_exception', 'index [a_logs/x1] already exists'],
  [500, 'illegal_state_exception', 'alias [a_logs] has more than one write index [a_logs-000001,theirs]'],
])('1 a name that others have is told in the server’s words: %i %s', (status, type, reason) => {
  const fault = answered(status, told(type, reason));
  expect(fault).toMatchObject({ class: 'Conflict', code: 'AlreadyExists', message: reason });
});

test.each([
  ['invalid_index_name_exception', 'Invalid index name [Bad], must be lowercase'],
  ['invalid_alias_name_exception', 'Invalid alias name [a b]: must not contain the following characters'],
])('1 a name that nobody may have is invalid, not taken: %s', (type, reason) => {
  expect(answered(400, told(type, reason))).toMatchObject({ class: 'Invalid', code: 'RefusedByBackend' });
});

test.each([
  [403, 'index [a_logs-000001] blocked by: [FORBIDDEN/9/index metadata (api)];', 'IndexBlocked'],
  [
    429,
    'index [a_logs-000001] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];',
    'IndexBlocked',
  ],
  [403, 'blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];', 'BackendUnavailable'],
  [403, 'blocked by: [FORBIDDEN/6/cluster read-only (api)];', 'BackendUnavailable'],
  [503, 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];', 'BackendUnavailable'],
  [503, 'blocked by: [SERVICE_UNAVAILABLE/2/no master];', 'BackendUnavailable'],
])('3 a block keeps a call out and is waited for: %i %s', (status, reason, code) => {
  expect(answered(status, told('cluster_block_exception', reason))).toMatchObject({
    class: 'Unavailable',
    away: true,
    code,
  });
});

test.each([
  [429, 'circuit_breaking_exception'],
  [429, 'es_rejected_execution_exception'],
  [500, 'null_pointer_exception'],
  [503, 'master_not_discovered_exception'],
  [503, 'no_shard_available_action_exception'],
  [503, 'process_cluster_event_timeout_exception'],
])('3 what the cluster fails at is away: %i %s', (status, type) => {
  expect(answered(status, told(type, 'why'))).toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'BackendUnavailable',
  });
});

test('rights that we lack are the platform’s', () => {
  const reason = 'action [indices:admin/create] is unauthorized for user [mesh]';
  expect(answered(403, told('security_exception', reason))).toMatchObject({
    class: 'Unavailable',
    code: 'AccessDenied',
  });
});

test.each([[403], [404], [409], [502], [503]])(
  '4 a page of %i is a stranger’s, and says nothing of an index',
  (status) => {
    for (const body of ['<html>Back soon.</html>', '', undefined, { message: 'no route' }])
      expect(answered(status, body)).toMatchObject({ class: 'Unavailable', away: true, code: 'BackendUnavailable' });
  },
);

test('2 another product at the address is waited for, and called what it is', () => {
  const fault = elasticsearchFault(Object.assign(new Error('not it'), { name: 'ProductNotSupportedError' }), call);
  expect(fault).toMatchObject({ class: 'Unavailable', away: true, code: 'WrongServer' });
});

const thrown = (name: string, message: string) => elasticsearchFault(Object.assign(new Error(message), { name }), call);

test.each([
  ['ConnectionError', 'connect ECONNREFUSED 127.0.0.1:9200', false, ': ECONNREFUSED'],
  ['ConnectionError', 'getaddrinfo ENOTFOUND es.local', false, ': ENOTFOUND'],
  ['ConnectionError', 'read ECONNRESET', true, ': ECONNRESET'],
  ['ConnectionError', 'UND_ERR_SOCKET other side closed', true, ': UND_ERR_SOCKET'],
  ['ConnectionError', 'socket hang up', true, ''],
  ['NoLivingConnectionsError', 'There are no living connections', true, ''],
])('2 %s (%s) is away, perhaps done: %j', (name, message, unknownOutcome, code) => {
  const fault = thrown(name, message);
  expect(fault).toMatchObject({ class: 'Unavailable', away: true, code: 'BackendUnavailable', unknownOutcome });
  expect(fault.message).toBe(`elasticsearch cannot be reached${code} (create-index)`);
});

test.each(['TimeoutError', 'RequestAbortedError'])('2 %s is away, and may have been done', (name) => {
  expect(thrown(name, 'x')).toMatchObject({ class: 'Unavailable', away: true, unknownOutcome: true });
});

test('what has no name is a socket’s error or our bug', () => {
  const reset = Object.assign(new Error('x'), { code: 'ECONNRESET' });
  expect(elasticsearchFault(reset, call)).toMatchObject({ class: 'Unavailable', away: true });
  expect(thrown('TypeError', 'x')).toMatchObject({ class: 'Bug' });
  expect(elasticsearchFault('x', call)).toMatchObject({ class: 'Bug' });
});

test.each([
  'this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open',
  'would add [12] total shards',
  'maximum frozen shards open',
])('1 a cluster that is full says so: %s', (reason) => {
  expect(answered(400, told('validation_exception', reason))).toMatchObject({
    class: 'Invalid',
    code: 'CeilingReached',
  });
});

test.each([
  [500, true],
  [502, true],
  [503, false],
])('3 an effect that the cluster fails at with %i may have been done: %j', (status, unknownOutcome) => {
  const fault = answered(status, told('x', 'y'), { 'retry-after': '6' });
  expect(fault).toMatchObject({ away: true, unknownOutcome, retryAfterMs: 6000 });
});

test('what the cluster says is told by type and reason, whichever it leaves out', () => {
  const said = (error: unknown) => answered(400, { error }).message.split('create-index')[1];
  expect(said({ type: 't', reason: 'r' })).toBe(': t: r');
  expect(said({ reason: 'r' })).toBe(': r');
  expect(said({ type: 't' })).toBe(': t');
  expect(said('no handler found')).toBe(': no handler found');
  expect(said({ type: 7, reason: {} })).toBe('');
  expect(said({ type: 'x', reason: 'about resource_already_exists_exception' })).toContain('about');
  expect(answered(404, told('t', 'r'))).toMatchObject({
    class: 'Conflict',
    code: 'GoneMeanwhile',
    backend: 'elasticsearch',
  });
  expect(answered(404, '<html>', { 'retry-after': '3' })).toMatchObject({ away: true, retryAfterMs: 3000 });
});

test('4 a question of health that ran out of time is told by the cluster, anything else without an error is not', () => {
  expect(answered(408, { timed_out: true })).toMatchObject({ away: true });
  expect(isToldByCluster({ timed_out: true, status: 'red' })).toBe(true);
  expect(isToldByCluster({ error: 'x' })).toBe(true);
  for (const body of [{ timed_out: false }, {}, [], 'x', null, undefined]) expect(isToldByCluster(body)).toBe(false);
});
