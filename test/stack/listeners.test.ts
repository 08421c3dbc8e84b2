import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { isLoopback, listenersOf, parseListeners } from './listeners.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000
   1: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000
   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000
`;

test('only listening sockets are read, with port and inode', () => {
  expect(parseListeners(TABLE)).toEqual([
    { address: '0100007F', port: 8080, inode: '111' },
    { address: '00000000', port: 8081, inode: '222' },
  ]);
});

test('loopback is 127.x.x.x and ::1 in any of their forms, and nothing else', () => {
  const loopback = ['0100007F', '0500007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];
  const outside = ['00000000', '0100A8C0', '00000000000000000000000000000000', '0000000000000000FFFF00000100A8C0'];
  expect(loopback.filter(isLoopback)).toEqual(loopback);
  expect(outside.filter(isLoopback)).toEqual([]);
});

test.runIf(process.platform === 'linux')('a socket that this process opens on all interfaces is seen', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as { port: number };
  const seen = listenersOf(process.pid).find((listener) => listener.port === port);
  expect(seen && isLoopback(seen.address)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
});
