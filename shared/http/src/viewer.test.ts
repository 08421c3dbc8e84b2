/** The viewer of the documentation: from this process alone, and never the only way to read it. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fixtureApp } from '../test/fixture.ts';
import { viewerBundle, viewerPage } from './viewer.ts';

const get = (path: string, headers = {}) => fixtureApp().fetch(new Request(`http://127.0.0.1${path}`, { headers }));
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** `bundles/redoc.standalone.js` of redoc 2.5.4. */
const PUBLISHED = 'dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b';

test('1: nothing but what carries the nonce of this very answer runs or styles, and no other host is asked', async () => {
  const [one, other] = await Promise.all([get('/docs'), get('/docs')]);
  const text = await one.text();
  const policy = one.headers.get('content-security-policy') ?? '';
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? expect.unreachable();
  expect(policy).toBe(
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; connect-src 'self'; img-src data:; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(nonce).toMatch(/^[A-Za-z0-9+/]{24}$/);
  expect(other.headers.get('content-security-policy')).not.toContain(nonce);
  expect([one.headers.get('content-type'), one.headers.get('cache-control')]).toEqual([
    'text/html; charset=utf-8',
    'no-store',
  ]);
  const tags = text.match(/<(?:script|style)[^>]*>/g) ?? [];
  expect(tags).toEqual([
    `<style nonce="${nonce}">`,
    `<script nonce="${nonce}" src="/docs/redoc-2.5.4.js">`,
    `<script nonce="${nonce}">`,
  ]);
  expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(text).toContain(`nonce: "${nonce}"`);
});

test('2: without scripts, without the bundle and after a failure the plain page is shown', async () => {
  const text = String(viewerPage('A & <B>').body);
  expect(text).toContain('<title>A &amp; &lt;B&gt;</title>');
  expect(text).toContain('<noscript><meta http-equiv="refresh" content="0; url=/docs/plain"></noscript>');
  expect(text).toContain('<a href="/docs/plain">');
  const script = /<script nonce="[^"]+">([\s\S]*)<\/script><\/body>/.exec(text)?.[1] ?? expect.unreachable();
  const led = (redoc: unknown): readonly string[] => {
    const to: string[] = [];
    const location = { replace: (address: string) => to.push(address) };
    new Function('globalThis', 'Redoc', 'location', 'document', script)({ Redoc: redoc }, redoc, location, {
      getElementById: (id: string) => id,
    });
    return to;
  };
  const asked: unknown[] = [];
  const ending = (error?: Error) => ({
    init: (...[document, options, place, done]: [string, object, string, (error?: Error) => void]) => {
      asked.push([document, place, 'nonce' in options]);
      done(error);
    },
  });
  expect(led(undefined)).toEqual(['/docs/plain']);
  expect(led(ending(new Error('no')))).toEqual(['/docs/plain']);
  expect(led(ending())).toEqual([]);
  expect(asked).toEqual(Array(2).fill(['/openapi.json', 'viewer', true]));
  const plain = await get('/docs/plain');
  expect([plain.status, (await plain.text()).includes('<h1>Fixture')]).toEqual([200, true]);
});

test('3: the bundle is the published one, packed for whoever takes that, and kept for good under its version', async () => {
  const bytes = async (encodings: string | null) => {
    const { headers, body } = await viewerBundle(encodings);
    return { headers, body: body as Uint8Array };
  };
  for (const encodings of ['gzip', 'br, gzip;q=0.5', 'deflate, gzip, br']) {
    const { headers, body } = await bytes(encodings);
    expect([headers['content-encoding'], digest(gunzipSync(body))]).toEqual(['gzip', PUBLISHED]);
    expect(body.length).toBeLessThan(350_000);
  }
  for (const encodings of [null, '', 'br', 'gzip;q=0', 'gzip; q=0.0, br', 'gzip;q=0 , br']) {
    const { headers, body } = await bytes(encodings);
    expect([headers['content-encoding'], digest(body)]).toEqual([undefined, PUBLISHED]);
  }
  const served = await get('/docs/redoc-2.5.4.js', { 'accept-encoding': 'gzip' });
  expect(Object.fromEntries(served.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
    vary: 'accept-encoding',
  });
});
