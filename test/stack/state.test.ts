import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EMPTY_STATE, parseState, readState, recordServer, type ServerRecord, writeState } from './state.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stack-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const record = (pid: number): ServerRecord => ({
  engine: 'native',
  digest: 'abc',
  ports: { http: 25_000 },
  mark: { pid, birth: '12' },
});

test('a state reads back as it was written, and no draft stays beside it (1)', () => {
  const file = join(folder, 'state.json');
  const state = { version: 1 as const, servers: { pulsar: record(3) } };
  writeState(file, state);
  expect(readState(file)).toEqual(state);
  expect(readdirSync(folder)).toEqual(['state.json']);
  expect(statSync(file).mode & 0o077).toBe(0);
});

test('a missing, torn or foreign file means that nothing runs (2)', () => {
  expect(readState(join(folder, 'none.json'))).toEqual(EMPTY_STATE);
  writeFileSync(join(folder, 'torn.json'), '{"version":1,"servers":{"pul');
  expect(readState(join(folder, 'torn.json'))).toEqual(EMPTY_STATE);
  expect(parseState('{"version":2,"servers":{}}')).toEqual(EMPTY_STATE);
  expect(parseState('null')).toEqual(EMPTY_STATE);
});

test('a record that is not whole is left out, the others stay (2)', () => {
  const servers = { pulsar: record(3), minio: { ...record(4), ports: { s3: 70_000 } }, cassandra: { pid: 5 } };
  expect(parseState(JSON.stringify({ version: 1, servers }))).toEqual({ version: 1, servers: { pulsar: record(3) } });
});

test('records written at once by several holders are all there', async () => {
  const file = join(folder, 'state.json');
  await Promise.all(['a', 'b', 'c', 'd'].map((name, index) => recordServer(file, name, record(index + 1))));
  expect(Object.keys(readState(file).servers).sort()).toEqual(['a', 'b', 'c', 'd']);
  await recordServer(file, 'b', undefined);
  expect(Object.keys(readState(file).servers).sort()).toEqual(['a', 'c', 'd']);
});
