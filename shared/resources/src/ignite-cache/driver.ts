/**
 * What is used of the package `apache-ignite-client`, which has no types of its own: its public classes, and the parts of its
 * socket at which its faults are cured. Loaded on first use.
 */
export interface DriverCache {
  setKeyType(type: number): DriverCache;
  setValueType(type: number): DriverCache;
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  putIfAbsent(key: string, value: string): Promise<boolean>;
  removeKey(key: string): Promise<boolean>;
  query(query: object): Promise<{ getAll(): Promise<readonly (readonly unknown[])[]> }>;
}

export interface DriverKeyConfiguration {
  getTypeName(): string | null;
  getAffinityKeyFieldName(): string | null;
}

export interface DriverConfiguration {
  /** By property code; 0 is the name, for which there is no getter. */
  readonly _properties: ReadonlyMap<number, unknown>;
  setCacheMode(mode: number): DriverConfiguration;
  setAtomicityMode(mode: number): DriverConfiguration;
  setBackups(backups: number): DriverConfiguration;
  setGroupName(name: string): DriverConfiguration;
  setWriteSynchronizationMode(mode: number): DriverConfiguration;
  setKeyConfigurations(...configurations: readonly object[]): DriverConfiguration;
  getCacheMode(): number;
  getAtomicityMode(): number;
  getBackups(): number;
  getGroupName(): string | null;
  getKeyConfigurations(): readonly DriverKeyConfiguration[] | undefined;
}

export interface DriverClient {
  _communicator: { _socket: DriverRouter };
  createCache(name: string, configuration?: DriverConfiguration): Promise<DriverCache>;
  getOrCreateCache(name: string, configuration: DriverConfiguration): Promise<DriverCache>;
  getCache(name: string): DriverCache;
  getCacheConfiguration(name: string): Promise<DriverConfiguration>;
  destroyCache(name: string): Promise<void>;
  cacheNames(): Promise<readonly string[]>;
}

/** Carries a request of the client to a connection. */
export interface DriverRouter {
  send(code: number, writer: unknown, reader: unknown): Promise<void>;
}

export interface DriverBuffer {
  readonly position: number;
  readonly buffer: Buffer;
}

export interface DriverSocket {
  connect(): Promise<void>;
  sendRequest(code: number, writer: unknown, reader: unknown): Promise<void>;
  _socket: { destroy(): void; setNoDelay(on: boolean): void } | null;
  _processResponse(bytes: Buffer): Promise<void>;
  _finalizeResponse(buffer: DriverBuffer, request: { reject(error: unknown): void }, success: boolean): Promise<void>;
}

export interface DriverSettings {
  setUserName(name: string): DriverSettings;
  setPassword(password: string): DriverSettings;
  setConnectionOptions(tls: boolean, options: object): DriverSettings;
}

export interface Driver {
  new (): DriverClient;
  readonly ObjectType: { readonly PRIMITIVE_TYPE: { readonly STRING: number } };
  readonly IgniteClientConfiguration: new (endpoint: string) => DriverSettings;
  readonly CacheConfiguration: {
    new (): DriverConfiguration;
    readonly CacheKeyConfiguration: new (typeName: string, field: string) => object;
  };
  readonly SqlFieldsQuery: new (text: string) => { setSchema(name: string): { setArgs(...args: string[]): object } };
}

export interface DriverParts {
  readonly Ignite: Driver;
  readonly ClientSocket: new (
    endpoint: string,
    settings: DriverSettings,
    lost: (reason: unknown) => void,
  ) => DriverSocket;
  readonly readString: (buffer: DriverBuffer) => string | null;
}

export async function loadDriver(): Promise<DriverParts> {
  // @ts-expect-error the package has no types
  const driver = import('apache-ignite-client');
  // @ts-expect-error the package has no types
  const socket = import('apache-ignite-client/lib/internal/ClientSocket.js');
  // @ts-expect-error the package has no types
  const communicator = import('apache-ignite-client/lib/internal/BinaryCommunicator.js');
  const [{ default: Ignite }, { default: ClientSocket }, { default: BinaryCommunicator }] = await Promise.all([
    driver,
    socket,
    communicator,
  ]);
  return { Ignite, ClientSocket, readString: (buffer) => BinaryCommunicator.readString(buffer) };
}
