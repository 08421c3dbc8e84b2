import { createServer } from 'node:net';
import { byte, int, long } from '@leasehold/testing/fakes/ignite/wire';
import { expect, test } from 'vitest';
import type { Site } from '../definition.ts';
import { definitionDigest } from '../site.ts';
import {
  decodeFrame,
  encodeFrame,
  errorText,
  loginBody,
  OPCODE,
  queryBody,
  startupBody,
} from './cassandra/cql-frame.ts';
import { nextStep, probeCql } from './cassandra/cql-probe.ts';
import { nextStep as nextThinStep } from './ignite/thin-probe.ts';
import { SERVERS } from './index.ts';
import { kubernetes } from './kubernetes/kubernetes.ts';
import { judgeStatus } from './pulsar/pulsar.ts';

const siteFor = (server: (typeof SERVERS)[number], bind = '127.0.0.1'): Site => ({
  conf: '/conf',
  data: '/data',
  bind,
  ports: Object.fromEntries(server.ports.map((name, index) => [name, 21_000 + index])),
  secrets: server.secrets(),
});

test.each(SERVERS.map((server) => [server.name, server] as const))(
  '%s is told its own folders, ports and address, and no other address',
  (_name, server) => {
    const site = siteFor(server);
    const files = server.files(site).map((file) => Buffer.from(file.content).toString('latin1'));
    const told = [...files, ...server.command(site).args].join('\n');
    for (const port of Object.values(site.ports)) expect(told).toContain(String(port));
    expect(told).not.toContain('0.0.0.0');
    expect(told).not.toMatch(/@[A-Z_]+@/);
  },
);

test.each(SERVERS.map((server) => [server.name, server] as const))(
  '%s: another process makes the same files and command from the same site (1)',
  (_name, server) => {
    const site = siteFor(server);
    expect(server.files(site)).toEqual(server.files(site));
    expect(server.command(site)).toEqual(server.command(site));
    expect(definitionDigest(server)).toBe(definitionDigest(server));
  },
);

test('no secret is an argument, where every user of the machine can read it', () => {
  for (const server of SERVERS) {
    const site = siteFor(server);
    const shown = JSON.stringify([server.command(site).args, server.command(site).properties]);
    for (const secret of Object.values(site.secrets)) expect(shown).not.toContain(secret);
  }
});

test('all variables together lead to every server, each named once', () => {
  const names = SERVERS.flatMap((server) => Object.keys(server.env(siteFor(server), '/conf')));
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => name.startsWith('STACK_'))).toBe(true);
});

test('a WebSocket servlet that refuses a plain GET is up; one that is missing is not', () => {
  const path = '/ws/v2/producer/persistent/public/default/health';
  expect(judgeStatus(path, 405)).toEqual({ state: 'healthy' });
  expect(judgeStatus(path, 404)).toEqual({ state: 'unhealthy', reason: expect.stringContaining('404') });
  expect(judgeStatus('/admin/v2/brokers/health', 500).state).toBe('unhealthy');
});

test('a frame is taken only when it is whole, and the rest is left', () => {
  const frame = encodeFrame(OPCODE.startup, startupBody());
  expect(decodeFrame(frame.subarray(0, frame.length - 1))).toBeUndefined();
  const both = Buffer.concat([frame, Buffer.from([1, 2])]);
  expect(decodeFrame(both)).toMatchObject({ frame: { opcode: OPCODE.startup }, rest: Buffer.from([1, 2]) });
});

test('the conversation goes from challenge to login to question to health', () => {
  const login = { port: 1, username: 'u', password: 'p' };
  const step = (opcode: number, body = Buffer.alloc(0)) => nextStep({ opcode, body }, login);
  expect(step(OPCODE.authenticate)).toEqual({ send: encodeFrame(OPCODE.authResponse, loginBody('u', 'p')) });
  expect(step(OPCODE.authSuccess)).toMatchObject({ send: expect.any(Buffer) });
  expect(step(OPCODE.result)).toEqual({ seen: { state: 'healthy' } });
  const refusal = Buffer.concat([Buffer.from([0, 0, 1, 0, 0, 3]), Buffer.from('bad')]);
  expect(errorText(refusal)).toBe('bad');
  expect(step(OPCODE.error, refusal)).toEqual({ seen: { state: 'unhealthy', reason: 'CQL error: bad' } });
  expect(queryBody('abc').length).toBe(4 + 3 + 2 + 1);
});

test('an Ignite cluster that is inactive is told to be active, and is healthy once it is', () => {
  const state = (value: number) => Buffer.concat([long(1n), int(0), byte(value)]);
  expect(nextThinStep([byte(0)])).toMatchObject({ seen: { state: 'unhealthy' } });
  expect(nextThinStep([byte(1)])).toHaveProperty('send');
  expect(nextThinStep([byte(1), state(1)])).toEqual({ seen: { state: 'healthy' } });
  expect(nextThinStep([byte(1), state(0)])).toHaveProperty('send');
  expect(nextThinStep([byte(1), state(0), Buffer.alloc(12)])).toMatchObject({ seen: { state: 'unhealthy' } });
});

test('a node that accepts and stays mute is given up with the signal, and leaves no socket open (1)', async () => {
  const controller = new AbortController();
  const socketClosed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('close', () => socketClosed.resolve());
    controller.abort(new Error('enough'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(probeCql({ port, username: 'u', password: 'p' }, controller.signal)).rejects.toThrow('enough');
  await socketClosed.promise;
  await new Promise((resolve) => server.close(resolve));
});

test('who reaches the API server natively trusts its own certificate; in a container, where it cannot be read, none', () => {
  const kubeconfig = (bind: string) =>
    String(kubernetes.files(siteFor(kubernetes, bind)).find(({ name }) => name === 'kubeconfig')?.content);
  expect(kubeconfig('127.0.0.1')).toContain('certificate-authority: "/data/certificates/apiserver.crt"');
  expect(kubeconfig('0.0.0.0')).toContain('insecure-skip-tls-verify: true');
  expect(kubernetes.env(siteFor(kubernetes), '/conf')).toEqual({ STACK_KUBECONFIG: '/conf/kubeconfig' });
});

test('a source file of our own is part of what a server was made from', () => {
  const { program } = kubernetes;
  if (program.kind !== 'go') throw new Error('it is built from Go modules');
  const without = { ...kubernetes, program: { ...program, sources: [] } };
  expect(definitionDigest(without)).not.toBe(definitionDigest(kubernetes));
});
