/**
 * The documentation page, rendered from the OpenAPI document into plain HTML: no script, no request to anywhere, readable
 * on a machine without the Internet.
 */
import { docsOperation } from './docs-operation.ts';
import { escapeHtml, prose } from './html.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { Operation } from './openapi-operation.ts';

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function docsPage(document: OpenApiDocument): string {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = document.tags.map(({ name }) => ({
    name,
    entries: entries.filter(({ operation }) => operation.tags[0] === name),
  }));
  const shown = groups.filter((group) => group.entries.length > 0);
  return `<div class="shell">${navigation(document, shown)}<main>${introduction(document)}${shown
    .map(
      ({ name, entries: inGroup }) =>
        `<h2 class="tag">${escapeHtml(name)}</h2>${inGroup.map((entry) => docsOperation(entry, document)).join('')}`,
    )
    .join('')}</main></div>`;
}

function navigation(
  document: OpenApiDocument,
  groups: readonly { readonly name: string; readonly entries: readonly Entry[] }[],
): string {
  const links = groups.map(
    ({ name, entries }) =>
      `<h2>${escapeHtml(name)}</h2>${entries
        .map(
          ({ method, path, operation }) =>
            `<a href="#${operation.operationId}"><span class="verb ${method}">${method}</span>${escapeHtml(path.replace('/api/v1', ''))}</a>`,
        )
        .join('')}`,
  );
  return `<nav><strong>${escapeHtml(document.info.title)}</strong>${links.join('')}</nav>`;
}

function introduction({ info }: OpenApiDocument): string {
  return `<h1>${escapeHtml(info.title)} <small class="what">${escapeHtml(info.version)}</small></h1>
${info.description === undefined ? '' : prose(info.description)}
<p><a href="/openapi.json">OpenAPI document</a> · <a href="/problems">problems</a> · <a href="/health">health</a> · <a href="/ready">readiness</a> · <a href="/metrics">metrics</a></p>
${prose('Send `Authorization: Bearer <JWT>` with every call that needs it. Errors are `application/problem+json` with a `code` from the list of problems. `X-Request-Id` is taken or made, returned, and in every log line. `Idempotency-Key` on a POST gives the first answer again for 24 hours.')}`;
}
