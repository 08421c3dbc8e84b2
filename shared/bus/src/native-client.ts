/**
 * The optional native client (`pulsar-client`): loaded when asked for, described as far as the bus uses it.
 *
 * 1. Nothing here fails because the addon is missing: `loadNativeClient` says `undefined`, and `NATIVE_MISSING` how to
 *    have it.
 * 2. Its log goes to ours: the handler must be set before the first client, once in a process, else it writes to stdout.
 */
import { type Log, silentLog } from '@leasehold/kernel';

export interface NativeMessageId {
  serialize(): Uint8Array;
}

export interface NativeMessage {
  getData(): Uint8Array;
  getMessageId(): NativeMessageId;
  getProperties(): Readonly<Record<string, string>>;
  getPartitionKey(): string;
  getPublishTimestamp(): number;
}

export interface NativeProducer {
  send(message: {
    readonly data: Buffer;
    readonly properties?: Readonly<Record<string, string>>;
    readonly partitionKey?: string;
  }): Promise<NativeMessageId>;
  flush(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface NativeConsumer {
  receive(): Promise<NativeMessage>;
  acknowledge(message: NativeMessage): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface NativeConnection {
  createProducer(config: Readonly<Record<string, unknown>>): Promise<NativeProducer>;
  subscribe(config: Readonly<Record<string, unknown>>): Promise<NativeConsumer>;
  close(): Promise<unknown>;
}

export interface NativeClient {
  readonly Client: {
    new (config: Readonly<Record<string, unknown>>): NativeConnection;
    setLogHandler(handler: (level: number, file: string, line: number, message: string) => void): void;
  };
  readonly AuthenticationToken: new (params: { readonly token: string }) => object;
  readonly AuthenticationTls: new (params: {
    readonly certificatePath: string;
    readonly privateKeyPath: string;
  }) => object;
}

export const NATIVE_MISSING =
  'the native Pulsar client is not installed here: run "npm run install" in node_modules/pulsar-client where its ' +
  'download can be reached, or set PULSAR_TRANSPORT=websocket';

let sink: Log = silentLog;
const handled = new WeakSet<object>();

/** Sends the library's log to `log` from now on. To be called before its first client. */
export function routeNativeLog(native: NativeClient, log: Log): void {
  sink = log;
  if (handled.has(native.Client)) return;
  handled.add(native.Client);
  native.Client.setLogHandler((level, _file, _line, message) => {
    if (level >= 3) sink.error('pulsar client', { text: message });
    else if (level === 2) sink.warn('pulsar client', { text: message });
    else sink.debug('pulsar client', { text: message });
  });
}

/** The client's module, or undefined where the package or its compiled part is not there. */
export async function loadNativeClient(): Promise<NativeClient | undefined> {
  // Not a literal, so that type checking does not need the optional package.
  const name: string = 'pulsar-client';
  try {
    const module = (await import(name)) as { readonly default?: NativeClient } & Partial<NativeClient>;
    const native = module.default ?? (module as NativeClient);
    return typeof native.Client === 'function' ? native : undefined;
  } catch {
    return undefined;
  }
}
