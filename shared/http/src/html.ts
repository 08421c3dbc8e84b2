/**
 * Small pages without a script, a font or an image from anywhere: text, escaped, with one style sheet that the page's
 * content security policy names by its hash.
 */
import { createHash } from 'node:crypto';
import type { Answer } from './exchange.ts';
import { STYLE } from './style.ts';

/** Text that is safe between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** A paragraph of the catalogue or a description: escaped, `code` and **strong** kept, blank lines make paragraphs. */
export const prose = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map(
      (part) =>
        `<p>${escapeHtml(part)
          .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
          .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')}</p>`,
    )
    .join('');

// Without an icon of its own a browser asks for one, and is told 401.
const POLICY = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const htmlAnswer = (title: string, body: string): Answer => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'cache-control': 'no-cache',
  },
  body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body>${body}</body></html>`,
});
