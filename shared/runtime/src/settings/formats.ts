/**
 * How the text of a variable becomes a value: schemas, each of which says in words what it expects, so that a refusal teaches. Pure.
 *
 * 1. No format repairs what it does not understand.
 */
import { z } from 'zod';
import type { Format } from './definition.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export const hostText = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A server by host, and by port and scheme where they were given. */
export interface Endpoint {
  readonly host: string;
  readonly port?: number;
  readonly scheme?: 'http' | 'https';
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const PORT_MAX = 65_535;

export const text: Format<string> = z.string().describe('text');

export const matching = (pattern: RegExp, expected: string): Format<string> =>
  z.string().regex(pattern).describe(expected);

export const whole = (min: number, max: number): Format<number> =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`);

export const port: Format<number> = whole(0, PORT_MAX).describe(`a port from 0 to ${PORT_MAX}`);

export const flag: Format<boolean> = z
  .stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })
  .describe('true or false');

export const choice = <const T extends string>(values: readonly T[]): Format<T> =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(values))
    .describe(`one of ${values.join(', ')}`) as Format<T>;

const pieces = (given: string): string[] =>
  given
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');

export const list = <T>(item: Format<T>, expected: string): Format<readonly T[]> =>
  z.string().transform(pieces).pipe(z.array(item).min(1)).describe(expected);

/** What a reader of our own makes of the text; undefined refuses it. */
const readBy = <T>(read: (given: string) => T | undefined): Format<T> =>
  z.string().transform((given, context) => {
    const value = read(given);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', input: given });
    return z.NEVER;
  });

/** Comma separated hosts, each with an optional `:port`. */
export const hosts = (defaultPort: number): Format<readonly HostPort[]> =>
  list(
    readBy((piece) => {
      const found = parseEndpoint(piece, []);
      return found && { host: found.host, port: found.port ?? defaultPort };
    }),
    `comma separated hosts, each with an optional :port (default ${defaultPort})`,
  );

const HOST_EXPECTED = 'a host name or an address';

export const host: Format<string> = matching(HOST, HOST_EXPECTED);

/** Where to listen: an IPv6 address stands without brackets here. */
export const listenHost: Format<string> = z.union([z.string().regex(/^[0-9A-Fa-f:.]+$/), host]).describe(HOST_EXPECTED);

/** A server as `host`, `host:port` or a URL with nothing behind the host. */
export const endpoint: Format<Endpoint> = readBy((given) => parseEndpoint(given, ['http', 'https'])).describe(
  'host, host:port, http://host:port or https://host:port',
);

export const url = (schemes: readonly string[]): Format<string> =>
  readBy((given) => {
    const scheme = schemes.find((one) => given.toLowerCase().startsWith(`${one}://`));
    if (scheme === undefined || !URL.canParse(given)) return undefined;
    const parsed = new URL(given);
    return parsed.hostname !== '' && parsed.username === '' && parsed.password === ''
      ? given.replace(/\/+$/, '')
      : undefined;
  }).describe(`a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);

/** `pulsar://host:6650` or `pulsar+ssl://a:6651,b:6651`. */
export const brokerUrl: Format<string> = readBy((given) => {
  const match = /^pulsar(?:\+ssl)?:\/\/([^/]+)\/?$/.exec(given);
  const servers = match?.[1]?.split(',').map((piece) => parseEndpoint(piece, []));
  return servers?.every((server) => server !== undefined) ? given.replace(/\/$/, '') : undefined;
}).describe('pulsar://host:port or pulsar+ssl://host:port');

const DATA_CENTRE = /^([A-Za-z0-9][A-Za-z0-9_.-]*):([1-9]\d?)$/;

/** `dc1:3,dc2:3`. */
export const replication: Format<Readonly<Record<string, number>>> = readBy((given) => {
  const found = pieces(given).map((piece) => DATA_CENTRE.exec(piece));
  if (found.length === 0 || found.some((match) => match === null)) return undefined;
  return Object.fromEntries(found.map((match) => [match?.[1] as string, Number(match?.[2])]));
}).describe('data centres with their number of replicas, such as dc1:3,dc2:3');

const MASTER_KEY_BYTES = 32;

export const masterKey: Format<Uint8Array> = readBy((given) => {
  if (/^[0-9a-fA-F]{64}$/.test(given)) return new Uint8Array(Buffer.from(given, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(given)) return undefined;
  const bytes = Buffer.from(given.replaceAll('-', '+').replaceAll('_', '/'), 'base64');
  return bytes.length === MASTER_KEY_BYTES ? new Uint8Array(bytes) : undefined;
}).describe(`${MASTER_KEY_BYTES} bytes as 64 hex digits or as base64`);

export const path: Format<string> = z.string().describe('a path');
export const readableFile: Format<string> = z
  .string()
  .meta({ description: 'the path of a readable file of at most 1 MiB', place: 'file' });
export const readableFolder: Format<string> = z
  .string()
  .meta({ description: 'the path of a readable folder', place: 'folder' });

/** A key for HS256 is as long as its hash, or it can be guessed from a token. */
const TOKEN_SECRET_BYTES = 32;

export const tokenSecret: Format<string> = z
  .string()
  .refine((given) => Buffer.byteLength(given) >= TOKEN_SECRET_BYTES)
  .describe(`a text of at least ${TOKEN_SECRET_BYTES} bytes`);

function parseEndpoint(given: string, schemes: readonly string[]): Endpoint | undefined {
  const match = /^(?:([a-z]+):\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/.exec(given.trim());
  if (!match) return undefined;
  const [, scheme, name, portText] = match;
  if (scheme !== undefined && !schemes.includes(scheme)) return undefined;
  if (!HOST.test(name as string)) return undefined;
  const portNumber = portText === undefined ? undefined : Number(portText);
  if (portNumber !== undefined && (portNumber < 1 || portNumber > PORT_MAX)) return undefined;
  return {
    host: name as string,
    ...(portNumber === undefined ? {} : { port: portNumber }),
    ...(scheme === undefined ? {} : { scheme: scheme as 'http' | 'https' }),
  };
}
