/**
 * How the text of a variable becomes a value. Pure; each format says in words what it expects, so that a refusal teaches.
 *
 * 1. `parse` gives undefined for wrong text and never throws; it never repairs what it does not understand.
 */
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

export const text: Format<string> = { expected: 'text', parse: (given) => given };

export const matching = (pattern: RegExp, expected: string): Format<string> => ({
  expected,
  parse: (given) => (pattern.test(given) ? given : undefined),
});

export const whole = (min: number, max: number): Format<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  },
});

export const port: Format<number> = { ...whole(0, PORT_MAX), expected: `a port from 0 to ${PORT_MAX}` };

export const flag: Format<boolean> = {
  expected: 'true or false',
  parse: (given) => {
    const lower = given.toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(lower)) return true;
    return ['false', '0', 'no', 'off'].includes(lower) ? false : undefined;
  },
};

export const choice = <const T extends string>(values: readonly T[]): Format<T> => ({
  expected: `one of ${values.join(', ')}`,
  parse: (given) => values.find((value) => value === given.toLowerCase()),
});

const pieces = (given: string): string[] =>
  given
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');

export const list = <T>(item: Format<T>, expected: string): Format<readonly T[]> => ({
  expected,
  parse: (given) => {
    const values = pieces(given).map((piece) => item.parse(piece));
    return values.length > 0 && values.every((value) => value !== undefined) ? (values as T[]) : undefined;
  },
});

/** Comma separated hosts, each with an optional `:port`. */
export const hosts = (defaultPort: number): Format<readonly HostPort[]> =>
  list(
    {
      expected: '',
      parse: (piece) => {
        const found = parseEndpoint(piece, []);
        return found && { host: found.host, port: found.port ?? defaultPort };
      },
    },
    `comma separated hosts, each with an optional :port (default ${defaultPort})`,
  );

export const host: Format<string> = matching(HOST, 'a host name or an address');

/** Where to listen: an IPv6 address stands without brackets here. */
export const listenHost: Format<string> = {
  expected: host.expected,
  parse: (given) => (/^[0-9A-Fa-f:.]+$/.test(given) ? given : host.parse(given)),
};

/** A server as `host`, `host:port` or a URL with nothing behind the host. */
export const endpoint: Format<Endpoint> = {
  expected: 'host, host:port, http://host:port or https://host:port',
  parse: (given) => parseEndpoint(given, ['http', 'https']),
};

export const url = (schemes: readonly string[]): Format<string> => ({
  expected: `a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  parse: (given) => {
    const scheme = schemes.find((one) => given.toLowerCase().startsWith(`${one}://`));
    if (scheme === undefined || !URL.canParse(given)) return undefined;
    const parsed = new URL(given);
    return parsed.hostname !== '' && parsed.username === '' && parsed.password === ''
      ? given.replace(/\/+$/, '')
      : undefined;
  },
});

/** `pulsar://host:6650` or `pulsar+ssl://a:6651,b:6651`. */
export const brokerUrl: Format<string> = {
  expected: 'pulsar://host:port or pulsar+ssl://host:port',
  parse: (given) => {
    const match = /^pulsar(?:\+ssl)?:\/\/([^/]+)\/?$/.exec(given);
    const servers = match?.[1]?.split(',').map((piece) => parseEndpoint(piece, []));
    return servers?.every((server) => server !== undefined) ? given.replace(/\/$/, '') : undefined;
  },
};

const DATA_CENTRE = /^([A-Za-z0-9][A-Za-z0-9_.-]*):([1-9]\d?)$/;

/** `dc1:3,dc2:3`. */
export const replication: Format<Readonly<Record<string, number>>> = {
  expected: 'data centres with their number of replicas, such as dc1:3,dc2:3',
  parse: (given) => {
    const found = pieces(given).map((piece) => DATA_CENTRE.exec(piece));
    if (found.length === 0 || found.some((match) => match === null)) return undefined;
    return Object.fromEntries(found.map((match) => [match?.[1] as string, Number(match?.[2])]));
  },
};

const MASTER_KEY_BYTES = 32;

export const masterKey: Format<Uint8Array> = {
  expected: `${MASTER_KEY_BYTES} bytes as 64 hex digits or as base64`,
  parse: (given) => {
    if (/^[0-9a-fA-F]{64}$/.test(given)) return new Uint8Array(Buffer.from(given, 'hex'));
    if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(given)) return undefined;
    const bytes = Buffer.from(given.replaceAll('-', '+').replaceAll('_', '/'), 'base64');
    return bytes.length === MASTER_KEY_BYTES ? new Uint8Array(bytes) : undefined;
  },
};

export const path: Format<string> = { expected: 'a path', parse: (given) => given };
export const readableFile: Format<string> = {
  expected: 'the path of a readable file of at most 1 MiB',
  parse: (given) => given,
  place: 'file',
};
export const readableFolder: Format<string> = {
  expected: 'the path of a readable folder',
  parse: (given) => given,
  place: 'folder',
};

/** A key for HS256 is as long as its hash, or it can be guessed from a token. */
const TOKEN_SECRET_BYTES = 32;

export const tokenSecret: Format<string> = {
  expected: `a text of at least ${TOKEN_SECRET_BYTES} bytes`,
  parse: (given) => (Buffer.byteLength(given) >= TOKEN_SECRET_BYTES ? given : undefined),
};

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
