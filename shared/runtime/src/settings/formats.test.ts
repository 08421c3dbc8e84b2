/** How the text of a variable becomes a value: what is understood, and what is refused rather than repaired (1). */
import { describe, expect, test } from 'vitest';
import { expectedOf, type Format, placeOf } from './definition.ts';
import * as formats from './formats.ts';

const KEY = 'ab'.repeat(32);
const BYTES = new Uint8Array(Buffer.from(KEY, 'hex'));

/** What each format makes of a text; undefined: it is refused. */
const TABLE: readonly (readonly [string, Format<unknown>, readonly (readonly [string, unknown])[]])[] = [
  ['a text', formats.text, [['as it is ', 'as it is ']]],
  [
    'a text of a pattern',
    formats.matching(/^[a-z]+$/, 'letters'),
    [
      ['abc', 'abc'],
      ['abC', undefined],
    ],
  ],
  [
    'a whole number',
    formats.whole(2, 300),
    [
      ['2', 2],
      ['300', 300],
      ['007', 7],
      ['1', undefined],
      ['301', undefined],
      ['-5', undefined],
      ['2.5', undefined],
      ['1e2', undefined],
      [' 5', undefined],
      ['', undefined],
      ['5s', undefined],
      ['0'.repeat(14) + 9, 9],
      ['0'.repeat(15) + 9, undefined],
    ],
  ],
  [
    'a port',
    formats.port,
    [
      ['0', 0],
      ['65535', 65_535],
      ['65536', undefined],
    ],
  ],
  [
    'a flag',
    formats.flag,
    [
      ...['true', '1', 'yes', 'on', 'TRUE', 'Yes'].map((text) => [text, true] as const),
      ...['false', '0', 'no', 'off', 'False', 'OFF'].map((text) => [text, false] as const),
      ...['', 'maybe', 'truely', '2', ' true'].map((text) => [text, undefined] as const),
    ],
  ],
  [
    'a choice',
    formats.choice(['minio', 'generic']),
    [
      ['minio', 'minio'],
      ['Generic', 'generic'],
      ['other', undefined],
      ['', undefined],
    ],
  ],
  [
    'a list',
    formats.list(formats.whole(0, 9), 'digits'),
    [
      ['1', [1]],
      [' 1, 2 ,,3,', [1, 2, 3]],
      ['1,x', undefined],
      ['', undefined],
      [' , ', undefined],
    ],
  ],
  [
    'hosts',
    formats.hosts(9_042),
    [
      ['a', [{ host: 'a', port: 9_042 }]],
      [
        'a:1, b.example.com:65535',
        [
          { host: 'a', port: 1 },
          { host: 'b.example.com', port: 65_535 },
        ],
      ],
      ['[::1]:7', [{ host: '[::1]', port: 7 }]],
      ['[::1]', [{ host: '[::1]', port: 9_042 }]],
      ['a:0', undefined],
      ['a:65536', undefined],
      ['a:', undefined],
      ['http://a', undefined],
      ['a,b/c', undefined],
      ['-a', undefined],
    ],
  ],
  [
    'a host',
    formats.host,
    [
      ['minio-1.example.com', 'minio-1.example.com'],
      ['10.0.0.1', '10.0.0.1'],
      ['[fe80::1]', '[fe80::1]'],
      ['a', 'a'],
      ['a-', undefined],
      ['a b', undefined],
      ['a:1', undefined],
      ['', undefined],
    ],
  ],
  [
    'where to listen',
    formats.listenHost,
    [
      ['0.0.0.0', '0.0.0.0'],
      ['::', '::'],
      ['fe80::1', 'fe80::1'],
      ['localhost', 'localhost'],
      ['a b', undefined],
    ],
  ],
  [
    'an endpoint',
    formats.endpoint,
    [
      ['minio', { host: 'minio' }],
      ['minio:9000', { host: 'minio', port: 9_000 }],
      [' minio:9000/ ', { host: 'minio', port: 9_000 }],
      ['http://minio', { host: 'minio', scheme: 'http' }],
      ['https://minio:443', { host: 'minio', port: 443, scheme: 'https' }],
      ['ftp://minio', undefined],
      ['https://minio/path', undefined],
      ['https://user:word@minio', undefined],
      ['https://', undefined],
      ['minio:99999', undefined],
    ],
  ],
  [
    'a URL',
    formats.url(['http', 'https']),
    [
      ['https://issuer.example.com/realm', 'https://issuer.example.com/realm'],
      ['HTTP://a//', 'HTTP://a'],
      ['https://a/', 'https://a'],
      ['ftp://a', undefined],
      ['https://', undefined],
      ['https://user@a', undefined],
      ['https://:word@a', undefined],
      ['a', undefined],
    ],
  ],
  [
    'a broker',
    formats.brokerUrl,
    [
      ['pulsar://a:6650', 'pulsar://a:6650'],
      ['pulsar+ssl://a:6651,b:6651/', 'pulsar+ssl://a:6651,b:6651'],
      ['pulsar://a,http://b', undefined],
      ['pulsar://a/path', undefined],
      ['pulsar+tls://a', undefined],
      ['http://a:6650', undefined],
      ['pulsar://', undefined],
      ['pulsar://a:0', undefined],
    ],
  ],
  [
    'a replication',
    formats.replication,
    [
      ['dc1:3', { dc1: 3 }],
      ['dc1:3, dc-2.x_y:99', { dc1: 3, 'dc-2.x_y': 99 }],
      ['dc1:0', undefined],
      ['dc1:100', undefined],
      ['dc1', undefined],
      ['_dc:3', undefined],
      ['dc1:3,dc2', undefined],
      ['', undefined],
    ],
  ],
  [
    'a master key',
    formats.masterKey,
    [
      [KEY, BYTES],
      [KEY.toUpperCase(), BYTES],
      [Buffer.from(BYTES).toString('base64'), BYTES],
      [Buffer.from(BYTES).toString('base64url'), BYTES],
      [Buffer.from(new Uint8Array(32).fill(0xff)).toString('base64url'), new Uint8Array(32).fill(0xff)],
      [KEY.slice(1), undefined],
      [`${KEY}0`, undefined],
      [Buffer.from(BYTES.slice(1)).toString('base64'), undefined],
      ['', undefined],
    ],
  ],
  [
    'a secret for tokens',
    formats.tokenSecret,
    [
      ['x'.repeat(32), 'x'.repeat(32)],
      ['é'.repeat(16), 'é'.repeat(16)],
      ['x'.repeat(31), undefined],
    ],
  ],
];

describe.each(TABLE)('%s', (_, format, cases) => {
  test.each(cases)('%j', (given, expected) => {
    expect(format.safeParse(given).data).toEqual(expected);
  });

  test('says in words what it expects', () => {
    expect(format.description).toBe(expectedOf(format));
    expect(format.description).toMatch(/\w/);
  });
});

test('what lies on the disk is checked there', () => {
  const places = [formats.path, formats.readableFile, formats.readableFolder].map(placeOf);
  expect(places).toEqual([undefined, 'file', 'folder']);
});
