/** What the doctor finds at the edges of each check, word by word where a person acts on it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Answer, Client } from '../client.ts';
import { Failure } from '../failure.ts';
import { COLOURS } from '../paint.ts';
import { fail, findingLines, ok, warn } from './finding.ts';
import { checkDataDir, checkNode, checkProxy, checkTokenClaims, checkTokenPlace } from './local.ts';
import { checkAccess, checkReady, checkServer, checkSkew } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-edges-'));
afterAll(() => rmSync(folder, { recursive: true }));
const NOW_MS = Date.parse('2026-01-31T12:00:00.000Z');
const DAY_S = 86_400;

test('findings are counted by level, and each has its colour', () => {
  const lines = findingLines([ok('a', 'm'), warn('b', 'm', 't'), fail('c', 'm', 't'), warn('d', 'm', 't')], COLOURS);
  expect(lines.at(-1)).toBe('1 ok, 2 to look at, 1 failed');
  expect([lines[0], lines[1], lines[3]]).toEqual([
    expect.stringContaining(COLOURS.good('ok')),
    expect.stringContaining(COLOURS.warn('warn')),
    expect.stringContaining(COLOURS.bad('FAIL')),
  ]);
});

test('Node 24 is enough, 23 is not', () => {
  expect([checkNode('24.0.0', undefined), checkNode('23.11.0', undefined).level]).toEqual([
    ok('node', '24.0.0'),
    'fail',
  ]);
});

test('a data folder that is a file fails', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(checkDataDir({ DATA_DIR: 'file' }, folder)).toMatchObject({
    level: 'fail',
    message: expect.stringContaining('is not a folder'),
  });
});

test('a token on the command line can be seen by others, one of the environment not', () => {
  expect(checkTokenPlace({ kind: 'text', where: '--token', token: 'a' }).level).toBe('warn');
  expect(checkTokenPlace({ kind: 'text', where: 'LEASEHOLD_TOKEN', token: 'a' })).toEqual(
    ok('token', 'from LEASEHOLD_TOKEN'),
  );
});

test.each([
  [0o600, 'ok', 'mode 0600'],
  [0o400, 'ok', 'mode 0400'],
  [0o640, 'warn', '(mode 640)'],
  [0o601, 'warn', '(mode 601)'],
])('a token file of mode %o: %s', (mode, level, words) => {
  const path = join(folder, 'token');
  writeFileSync(path, 'a.b.c');
  chmodSync(path, mode);
  const finding = checkTokenPlace({ kind: 'file', where: 'LEASEHOLD_TOKEN_FILE', path });
  chmodSync(path, 0o600);
  expect([finding.level, finding.message]).toEqual([level, expect.stringContaining(words)]);
});

test('a token that cannot be one fails with where it is', () => {
  const path = join(folder, 'words');
  writeFileSync(path, 'two words');
  expect(checkTokenPlace({ kind: 'file', where: 'DATA_DIR', path })).toMatchObject({
    level: 'fail',
    message: expect.stringContaining(`(${path})`),
    todo: 'give one by LEASEHOLD_TOKEN_FILE',
  });
});

describe('claims', () => {
  const token = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  const at = (seconds: number, more: object = {}) =>
    checkTokenClaims(token({ sub: 'ada', exp: NOW_MS / 1_000 + seconds, ...more }), NOW_MS);

  test('a token that ends now has expired; one of less than three days is to be renewed', () => {
    expect([at(0).level, at(1).level, at(3 * DAY_S - 1).level, at(3 * DAY_S).level]).toEqual([
      'fail',
      'warn',
      'warn',
      'ok',
    ]);
  });

  test('who it is, as far as it tells', () => {
    expect(at(30 * DAY_S, { roles: ['a', 'b'] }).message).toBe('ada (a, b), expires in 30 days');
    expect(at(30 * DAY_S, { sub: undefined }).message).toBe('nobody (no roles), expires in 30 days');
  });

  test('without an expiry or a signature it is no token', () => {
    expect(checkTokenClaims(token({ sub: 'ada' }), NOW_MS).level).toBe('fail');
    expect(checkTokenClaims(token({ exp: NOW_MS }).replace('.y', ''), NOW_MS).level).toBe('fail');
  });
});

describe('a proxy', () => {
  const PROXY = { https_proxy: 'http://proxy:3128', NODE_USE_ENV_PROXY: '1' };
  test.each([
    ['*', 'http://mesh.example', 'ok'],
    ['mesh.example', 'http://mesh.example', 'ok'],
    ['MESH.example', 'http://mesh.example', 'ok'],
    ['example', 'http://mesh.example', 'ok'],
    ['*.example', 'http://mesh.example', 'ok'],
    ['ample', 'http://mesh.example', 'warn'],
    ['mesh.example.org', 'http://mesh.example', 'warn'],
    ['mesh.example:82', 'http://mesh.example:82', 'ok'],
    ['localhost', 'http://localhost:1', 'ok'],
    ['', 'http://localhost:1', 'fail'],
  ])('with NO_PROXY=%s, for %s: %s', (no, url, level) => {
    expect(checkProxy({ ...PROXY, NO_PROXY: no }, url).level).toBe(level);
  });

  test.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'])(
    '%s is one, unless it is empty',
    (name) => {
      expect(checkProxy({ [name]: 'http://p' }, 'http://mesh').message).toContain(
        `${name} set, but this command connects directly`,
      );
      expect(checkProxy({ [name]: '' }, 'http://mesh')).toEqual(ok('proxy', 'none set'));
    },
  );

  test('a range that Node does not understand is named', () => {
    expect(checkProxy({ ...PROXY, NO_PROXY: 'x, 10.0.0.0/8' }, 'http://10.0.0.1').message).toContain(
      '; 10.0.0.0/8 is a range',
    );
    expect(checkProxy({ ...PROXY, NO_PROXY: 'x' }, 'http://10.0.0.1')).toMatchObject({
      message: expect.stringMatching(/does not name it$/),
      todo: 'add 10.0.0.1 to NO_PROXY',
    });
  });
});

test.each([
  ['Sat, 31 Jan 2026 12:00:05 GMT', 'ok'],
  ['Sat, 31 Jan 2026 12:00:06 GMT', 'warn'],
  ['Sat, 31 Jan 2026 11:59:54 GMT', 'ok'],
  ['Sat, 31 Jan 2026 11:59:53 GMT', 'warn'],
  ['soon', 'warn'],
])('clocks may be six seconds apart, counted from the middle of the second: %s is %s', (date, level) => {
  expect(checkSkew(date, NOW_MS).level).toBe(level);
});

const answer = (status: number, json: unknown = {}): Answer => ({
  status,
  json,
  body: '',
  headers: new Headers({ date: 'Sat, 31 Jan 2026 12:00:00 GMT' }),
});

test('access: what a server says of a token, and what one that cannot work leaves open', () => {
  expect([499, 500].map((status) => checkAccess(answer(status)))).toMatchObject([
    { level: 'fail', message: 'status 499' },
    { level: 'warn', message: 'status 500' },
  ]);
});

test('a server that is ready says so, and one that is not says why', () => {
  expect(checkReady(answer(200))).toEqual([ok('ready', 'takes requests')]);
  expect(checkReady(answer(503))).toMatchObject([{ level: 'fail', message: 'status 503' }]);
});

/** A server that answers each path as told. */
function server(paths: Readonly<Record<string, Answer | Error>>) {
  let nowMs = NOW_MS;
  const asked: unknown[] = [];
  const send = async (request: { readonly path: string }): Promise<Answer> => {
    asked.push(request);
    nowMs += 10;
    const found = paths[request.path] ?? answer(404);
    if (found instanceof Error) throw found;
    return found;
  };
  const client = { url: 'http://mesh', send } as unknown as Client;
  return {
    asked,
    check: () => checkServer(client, { clock: { now: () => nowMs, sleep: async () => undefined } }, '1.0.0'),
  };
}
const HEALTHY = {
  '/health': answer(200, { status: 'ok' }),
  '/openapi.json': answer(200, { info: { version: '1.0.0' } }),
  '/ready': answer(200),
};

test('a server in order: each thing is asked once, as a probe', async () => {
  const { asked, check } = server({ ...HEALTHY, '/api/v1/tenants?limit=1': answer(200, { items: [] }) });
  expect((await check()).map(({ level, name, message }) => `${level} ${name}: ${message}`)).toEqual([
    'ok server: http://mesh answers in 10 ms',
    'ok version: 1.0.0, as this command',
    'ok clock: agrees with the server within its second',
    'ok access: the server takes the token',
    'ok ready: takes requests',
  ]);
  expect(asked).toEqual(
    ['/health', '/ready', '/openapi.json', '/api/v1/tenants?limit=1'].map((path) => ({
      method: 'GET',
      path,
      probe: true,
    })),
  );
});

test('where nothing of ours answers, nothing more is asked', async () => {
  for (const [health, message] of [
    [answer(500, { status: 'ok' }), 'http://mesh/health answers 500'],
    [answer(200, { hello: 'x' }), 'http://mesh/health answers 200'],
    [
      new Failure('unreachable', 'x', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
      'http://mesh: nothing listens there',
    ],
    [new Failure('unreachable', 'odd'), 'http://mesh: Failure: odd'],
  ] as const) {
    const { asked, check } = server({ '/health': health });
    expect(await check()).toMatchObject([{ level: 'fail', name: 'server', message }]);
    expect(asked).toHaveLength(1);
  }
});

test('a list that cannot be asked for is a finding, not the end', async () => {
  for (const error of [new Failure('usage', 'no token'), new Error('odd')]) {
    const { check } = server({ ...HEALTHY, '/api/v1/tenants?limit=1': error });
    expect((await check()).find(({ name }) => name === 'access')).toMatchObject({
      level: 'fail',
      message: expect.stringMatching(/no token|Error: odd/),
    });
  }
});
