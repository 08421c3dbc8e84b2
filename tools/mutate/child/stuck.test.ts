/** A test that can never end is told from one that only takes its time (1, 2). */
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Body, Scope } from './registry.ts';
import { createRunner } from './runner.ts';

const scope: Scope = { name: '', title: '', parent: undefined, hooks: [] };
const LIMIT_MS = 20_000;

/** @returns how the body failed as a test, by a runner whose looks are as frequent as ever. */
async function failureOf(body: Body): Promise<string | undefined> {
  const state = { assertionCalls: 1, expectedAssertionsNumber: null };
  const runner = createRunner({
    expect: { getState: () => state, setState: () => undefined } as never,
    enter: () => undefined,
  });
  return (await runner.run({ name: 'a#0', file: 'a', title: 'a', scope, body }, LIMIT_MS))?.message;
}

test('what waits for a promise that nobody can keep any more has failed long before its time is over', async () => {
  expect(await failureOf(() => new Promise(() => undefined))).toBe('waits for nothing');
});

test('what waits for a timer, a file or an answer of a server is waited for', async () => {
  expect(await failureOf(() => new Promise((resolve) => setTimeout(resolve, 400)))).toBeUndefined();
  expect(await failureOf(() => readFile(new URL(import.meta.url)))).toBeUndefined();
  let server: Server | undefined;
  const answered = () =>
    new Promise<void>((resolve) => {
      server = createServer((socket: Socket) => void setTimeout(() => socket.end('late'), 400)).listen(
        0,
        '127.0.0.1',
        () => {
          connect(((server as Server).address() as AddressInfo).port, '127.0.0.1').on('data', () => resolve());
        },
      );
    });
  expect(await failureOf(answered)).toBeUndefined();
  server?.close();
});
