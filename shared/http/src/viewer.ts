/**
 * The documentation in a viewer that readers know: Redoc over the OpenAPI document, served by this process and from nowhere else. Owns
 * the page around it and what that page may do; leaves the page without scripts to `docs-page.ts`.
 *
 * 1. Its content security policy lets in this process alone: scripts by a nonce of the answer, styles by that or by digest, no other host.
 * 2. Whoever runs no scripts, or in whose browser the viewer does not start, is led to the plain page.
 * 3. The bundle stays on the disk, compressed; its address names its version, so browsers keep it for good.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Answer } from './exchange.ts';
import { escapeHtml } from './html.ts';

const VERSION = '2.5.4';
const BUNDLE = new URL(`../assets/redoc-${VERSION}.standalone.js.gz`, import.meta.url);
export const BUNDLE_PATH = `/docs/redoc-${VERSION}.js`;
export const PLAIN_PATH = '/docs/plain';

const NONCE_BYTES = 18;

/** What this version puts into the page itself, by digest: an empty sheet that it fills by script, and that of its scroll bars. */
const OWN_STYLES = [
  'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc=',
];

// The search runs in a worker that Redoc makes of its own text, hence `blob:`.
const policy = (nonce: string): string =>
  `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}' ${OWN_STYLES.map((one) => `'${one}'`).join(' ')}; connect-src 'self'; img-src data:; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Redoc's credit stays; the logo in it would come from another host, and the policy refuses it. */
const STYLE =
  'body{margin:0}#plain{font:15px system-ui,sans-serif;padding:1rem}img[src^="https://cdn.redoc.ly"]{display:none}';

const OPTIONS = { sortRequiredPropsFirst: true, sanitize: true };

const start = (nonce: string): string => `
const plainly = () => location.replace(${JSON.stringify(PLAIN_PATH)});
const options = { ...${JSON.stringify(OPTIONS)}, nonce: ${JSON.stringify(nonce)} };
if (globalThis.Redoc === undefined) plainly();
else Redoc.init('/openapi.json', options, document.getElementById('viewer'), (error) => { if (error) plainly(); });
`;

export function viewerPage(title: string): Answer {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  const script = `<script nonce="${nonce}"`;
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(nonce),
      'cache-control': 'no-store',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style nonce="${nonce}">${STYLE}</style><noscript><meta http-equiv="refresh" content="0; url=${PLAIN_PATH}"></noscript></head><body><div id="viewer"><p id="plain"><a href="${PLAIN_PATH}">The documentation without scripts</a></p></div>${script} src="${BUNDLE_PATH}"></script>${script}>${start(nonce)}</script></body></html>`,
  };
}

/** @param encodings what the caller understands, as `Accept-Encoding` says it. */
export async function viewerBundle(encodings: string | null): Promise<Answer> {
  const packed = await readFile(BUNDLE);
  const isPacked = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(encodings ?? '');
  return {
    status: 200,
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    },
    body: isPacked ? packed : await promisify(gunzip)(packed),
  };
}
