import { createServer } from 'node:net';
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { choosePorts, FIRST_PORT, isFree, LAST_PORT } from './ports.ts';

const everyPortIsFree = async (): Promise<boolean> => true;

test('two servers never get the same port, and all ports lie below the range for outgoing connections (1)', async () => {
  const taken = new Set<number>();
  const names = Array.from({ length: 50 }, (_, index) => `port${index}`);
  const first = await choosePorts(names, {}, taken, seededRng(1), everyPortIsFree);
  const second = await choosePorts(names, {}, taken, seededRng(1), everyPortIsFree);
  const all = [...Object.values(first), ...Object.values(second)];
  expect(new Set(all).size).toBe(100);
  expect(all.every((port) => port >= FIRST_PORT && port <= LAST_PORT)).toBe(true);
});

test('a port that something listens on does not count as free (2)', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await isFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree(port)).toBe(true);
});

test('a remembered port is taken again while it is free, and replaced when it is not (3)', async () => {
  const remembered = { http: 25_000, binary: 25_001 };
  const free = async (port: number): Promise<boolean> => port !== 25_001;
  const chosen = await choosePorts(['http', 'binary'], remembered, new Set(), seededRng(7), free);
  expect(chosen['http']).toBe(25_000);
  expect(chosen['binary']).not.toBe(25_001);
});

test('a full range ends in an error that names the port, not in a loop without end', async () => {
  const none = async (): Promise<boolean> => false;
  await expect(choosePorts(['http'], {}, new Set(), seededRng(1), none)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StackPorts',
    message: expect.stringContaining('http'),
  });
});
