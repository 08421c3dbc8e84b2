/**
 * Pulsar's WebSocket API with nothing around it: a producer that keeps a window of frames in flight, a consumer that acks
 * what it gets. No reconnecting, no order of callers, no deadlines. Also the independent client that publishes events.
 */
import type { Env } from '../../support/installation.ts';

const WINDOW = 500;

export interface Socket {
  send(frame: object): void;
  /** Called with each frame received. */
  onFrame(take: (frame: Readonly<Record<string, unknown>>) => void): void;
  /** Rejects when the socket breaks. */
  readonly broken: Promise<never>;
  close(): void;
}

/** @param path below `/ws/v2`, with the query. */
async function openSocket(env: Env, path: string): Promise<Socket> {
  const url = `${(env['STACK_PULSAR_URL'] ?? '').replace(/^http/, 'ws')}/ws/v2${path}`;
  const headers = { authorization: `Bearer ${env['STACK_PULSAR_TOKEN']}` };
  // Node's own WebSocket takes headers; the type declarations are the browser's.
  const socket = new WebSocket(url, { headers } as never);
  const opened = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  socket.onopen = () => opened.resolve();
  socket.onerror = () => {
    opened.reject(new Error(`no socket: ${path}`));
    broken.reject(new Error(`the socket broke: ${path}`));
  };
  socket.onclose = () => broken.reject(new Error(`the socket was closed: ${path}`));
  await opened.promise;
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    onFrame: (take) => {
      socket.onmessage = ({ data }) => take(JSON.parse(String(data)) as Readonly<Record<string, unknown>>);
    },
    broken: broken.promise,
    close: () => socket.close(),
  };
}

const pathOf = (topic: string): string => topic.replace('://', '/');
export const openProducer = (env: Env, topic: string): Promise<Socket> => openSocket(env, `/producer/${pathOf(topic)}`);
export const openConsumer = (env: Env, topic: string, subscription: string): Promise<Socket> =>
  openSocket(env, `/consumer/${pathOf(topic)}/${subscription}?subscriptionType=Key_Shared&receiverQueueSize=${WINDOW}`);

function publishAll(producer: Socket, frames: readonly object[]): Promise<void> {
  const done = Promise.withResolvers<void>();
  let [sent, confirmed] = [0, 0];
  const fill = (): void => {
    for (; sent < frames.length && sent - confirmed < WINDOW; sent++) producer.send(frames[sent] as object);
  };
  producer.onFrame(({ result }) => {
    if (result !== 'ok') return done.reject(new Error(`a message was refused: ${String(result)}`));
    confirmed += 1;
    if (confirmed === frames.length) return done.resolve();
    return fill();
  });
  fill();
  return Promise.race([done.promise, producer.broken]);
}

function ackAll(consumer: Socket, count: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  let acked = 0;
  consumer.onFrame(({ messageId }) => {
    if (messageId === undefined) return;
    consumer.send({ messageId });
    acked += 1;
    if (acked === count) done.resolve();
  });
  return Promise.race([done.promise, consumer.broken]);
}

/** Publishes, receives and acks every payload. */
export async function passThrough(producer: Socket, consumer: Socket, payloads: readonly Uint8Array[]): Promise<void> {
  const frames = payloads.map((payload, index) => ({
    payload: Buffer.from(payload).toString('base64'),
    key: `k${index % 16}`,
    context: String(index),
  }));
  await Promise.all([publishAll(producer, frames), ackAll(consumer, payloads.length)]);
}
