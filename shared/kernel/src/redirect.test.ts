import { expect, test } from 'vitest';
import { followRedirects, REDIRECT_HOPS, type Redirectable, type RedirectProblem } from './redirect.ts';

class Refused extends Error {
  readonly problem: RedirectProblem;
  constructor(problem: RedirectProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Follows from the first address, where each address answers as the table says. */
async function follow(start: string, table: Readonly<Record<string, Redirectable>>) {
  const asked: string[] = [];
  const send = async (url: URL): Promise<Redirectable> => {
    asked.push(url.href);
    return table[url.href] ?? { status: 200 };
  };
  const refuse = (problem: RedirectProblem) => new Refused(problem);
  const end = await followRedirects({ start: new URL(start), send, refuse }).catch((error: Refused) => error.problem);
  return { asked, end };
}

test.each([301, 302, 307, 308])('1: a %i to another server is followed, over several of them', async (status) => {
  const { asked, end } = await follow('http://a:1/x?y=1', {
    'http://a:1/x?y=1': { status, location: 'http://b:2/x?y=1' },
    'http://b:2/x?y=1': { status, location: '/z' },
  });
  expect(asked).toEqual(['http://a:1/x?y=1', 'http://b:2/x?y=1', 'http://b:2/z']);
  expect(end).toEqual({ status: 200 });
});

test.each([200, 299, 304, 400, 401, 404, 500])('1: a %i is an answer', async (status) => {
  expect((await follow('http://a/', { 'http://a/': { status } })).end).toEqual({ status });
});

test.each([
  ['http://a/', 303, 'http://b/'],
  ['http://a/', 300, 'http://b/'],
  ['http://a/', 307, undefined],
  ['http://a/', 307, 'http://'],
  ['http://a/', 307, 'file:///etc/passwd'],
  ['http://a/', 307, 'pulsar://b:6650/'],
  ['https://a/', 307, 'http://a/'],
  ['wss://a/', 308, 'ws://b/'],
])('2: from %s a %i to %s is refused', async (start, status, location) => {
  const { asked, end } = await follow(start, { [start]: { status, location } });
  expect([asked.length, end]).toMatchObject([
    1,
    { code: 'RedirectRefused', message: expect.stringMatching(`^answers ${status}`) },
  ]);
});

test('2: from a plain address to an encrypted one and from there to another is followed, back to a plain one not', async () => {
  const { asked, end } = await follow('http://a/', {
    'http://a/': { status: 301, location: 'https://a/' },
    'https://a/': { status: 307, location: 'https://user:secret@b/#part' },
    'https://b/': { status: 307, location: 'http://c/' },
  });
  expect(asked).toEqual(['http://a/', 'https://a/', 'https://b/']);
  expect(end).toMatchObject({ code: 'RedirectRefused' });
});

test('2: plain connections lead to plain ones, of either protocol', async () => {
  const { asked, end } = await follow('ws://a/', {
    'ws://a/': { status: 307, location: 'ws://b/' },
    'ws://b/': { status: 307, location: 'http://c/' },
  });
  expect([asked.length, end]).toEqual([3, { status: 200 }]);
});

test('3: a circle ends when an address comes again, an endless chain at its bound', async () => {
  const circle = await follow('http://a/', {
    'http://a/': { status: 307, location: 'http://b/' },
    'http://b/': { status: 307, location: 'http://a/' },
  });
  expect([circle.asked.length, circle.end]).toMatchObject([2, { code: 'RedirectLoop' }]);
  const chain = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`http://a/${at}`, { status: 307, location: `/${at + 1}` }]),
  );
  const endless = await follow('http://a/0', chain);
  expect([endless.asked.length, endless.end]).toMatchObject([
    REDIRECT_HOPS.value + 1,
    { code: 'RedirectLoop', message: expect.stringContaining('redirect.hops 5') },
  ]);
});
