/**
 * The framework's own pages, all public: health, metrics, the OpenAPI document, documentation, problems.
 */
import { docsPage } from './docs-page.ts';
import { type Answer, type Exchange, jsonAnswer } from './exchange.ts';
import { type Health, READY_PATH } from './health.ts';
import { htmlAnswer } from './html.ts';
import type { OpenApiDocument } from './openapi.ts';
import { problemIndex, problemPage } from './problem-page.ts';
import { BUNDLE_PATH, PLAIN_PATH, viewerBundle, viewerPage } from './viewer.ts';

export interface Page {
  readonly path: string;
  readonly show: (exchange: Exchange, params: Readonly<Record<string, string>>) => Answer | Promise<Answer>;
}

export function createPages(health: Health, openapi: () => OpenApiDocument): readonly Page[] {
  // Both are made once, on the first request that wants them.
  let json: string | undefined;
  let docs: Answer | undefined;
  return [
    { path: '/', show: () => ({ status: 302, headers: { location: '/docs' }, body: null }) },
    { path: '/health', show: () => health.health() },
    { path: READY_PATH, show: () => health.ready() },
    { path: '/metrics', show: () => health.metrics() },
    {
      path: '/openapi.json',
      show: () => {
        json ??= JSON.stringify(openapi());
        return { ...jsonAnswer(200, null, { 'cache-control': 'no-cache' }), body: json };
      },
    },
    { path: '/docs', show: () => viewerPage(openapi().info.title) },
    { path: BUNDLE_PATH, show: ({ request }) => viewerBundle(request.headers.get('accept-encoding')) },
    {
      path: PLAIN_PATH,
      show: () => {
        docs ??= htmlAnswer(openapi().info.title, docsPage(openapi()));
        return docs;
      },
    },
    { path: '/problems', show: ({ request }) => problemIndex(request.headers.get('accept')) },
    {
      path: '/problems/{code}',
      show: ({ request }, { code }) => problemPage(code ?? '', request.headers.get('accept')),
    },
  ];
}
