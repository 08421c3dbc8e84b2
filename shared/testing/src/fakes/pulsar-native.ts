/**
 * A stand-in for the native Pulsar client's module over another bus: it has the client's calls and habits (ids as protobuf
 * bytes, '' for no key, a `receive` that fails once closed), so that the native transport's own code can be tested
 * against a real broker where the addon is not installed. It shows nothing about the addon itself.
 */
import type { Bus, Consumer, IncomingMessage, NativeClient } from '@leasehold/bus';

type NativeConnection = InstanceType<NativeClient['Client']>;

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** `ledger:entry[:index]` as Pulsar's MessageIdData. */
function serialize(id: string): Uint8Array {
  const [ledger = '0', entry = '0', index] = id.split(':');
  const batch = index === undefined ? [] : [0x20, ...varint(BigInt(index))];
  return Uint8Array.from([0x08, ...varint(BigInt(ledger)), 0x10, ...varint(BigInt(entry)), ...batch]);
}

const nativeId = (id: string) => ({ serialize: () => serialize(id) });

function nativeConsumer(consumer: Consumer) {
  const origin = new WeakMap<object, IncomingMessage>();
  return {
    receive: async () => {
      const message = await consumer.receive();
      const native = {
        getData: () => message.payload,
        getMessageId: () => nativeId(message.id),
        getProperties: () => message.properties,
        getPartitionKey: () => message.key ?? '',
        getPublishTimestamp: () => message.publishedAtMs,
      };
      origin.set(native, message);
      return native;
    },
    acknowledge: (native: object) => consumer.ack(origin.get(native) as IncomingMessage),
    close: () => consumer.close(),
  };
}

/** @param open makes the bus that stands behind one client. */
export function createNativeStandIn(open: () => Promise<Bus>): NativeClient {
  class Client implements NativeConnection {
    readonly #bus = open();
    static setLogHandler(): void {
      // The stand-in's bus has a log of its own.
    }
    async createProducer(config: Readonly<Record<string, unknown>>) {
      const bus = await this.#bus;
      const topic = String(config['topic']);
      return {
        send: async (message: {
          readonly data: Buffer;
          readonly properties?: Readonly<Record<string, string>>;
          readonly partitionKey?: string;
        }) => {
          const { data, properties = {}, partitionKey } = message;
          const key = partitionKey === undefined ? {} : { key: partitionKey };
          return nativeId(await bus.publish({ topic, payload: new Uint8Array(data), properties, ...key }));
        },
        flush: async () => null,
        close: async () => null,
      };
    }
    async subscribe(config: Readonly<Record<string, unknown>>) {
      const bus = await this.#bus;
      const [topic, subscription] = [String(config['topic']), String(config['subscription'])];
      return nativeConsumer(await bus.subscribe({ topic, subscription, window: 1_000 }));
    }
    async close() {
      await (await this.#bus).close();
    }
  }
  return { Client, AuthenticationToken: class {}, AuthenticationTls: class {} };
}
