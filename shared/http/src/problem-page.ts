/**
 * What a problem's `type` leads to: `/problems/<code>` and an index, from the one catalogue. A page for browsers, JSON for
 * everybody else.
 */
import { isProblemCode, PROBLEMS } from '@leasehold/contracts';
import { type Answer, jsonAnswer } from './exchange.ts';
import { escapeHtml, htmlAnswer, prose } from './html.ts';
import { notFound } from './problem.ts';

const wantsHtml = (accept: string | null): boolean => accept?.includes('text/html') ?? false;

const asJson = (code: keyof typeof PROBLEMS) => ({ type: `/problems/${code}`, code, ...PROBLEMS[code] });

export function problemIndex(accept: string | null): Answer {
  const codes = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
  if (!wantsHtml(accept)) return jsonAnswer(200, { items: codes.map(asJson) });
  const rows = codes
    .map((code) => {
      const { status, title } = PROBLEMS[code];
      return `<tr><td>${status}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}</td></tr>`;
    })
    .join('');
  return htmlAnswer(
    'Problems',
    `<main class="plain"><h1>Problems</h1><table><tr><th>Status</th><th>Code</th><th>Title</th></tr>${rows}</table><p><a href="/docs">Documentation</a></p></main>`,
  );
}

/** Throws `not-found` for a code that is not in the catalogue. */
export function problemPage(code: string, accept: string | null): Answer {
  if (!isProblemCode(code)) throw notFound();
  if (!wantsHtml(accept)) return jsonAnswer(200, asJson(code));
  const { status, title, description } = PROBLEMS[code];
  return htmlAnswer(
    title,
    `<main class="plain"><p class="what">${status} <code>${code}</code></p><h1>${escapeHtml(title)}</h1>${prose(description)}<p><a href="/problems">All problems</a> · <a href="/docs">Documentation</a></p></main>`,
  );
}
