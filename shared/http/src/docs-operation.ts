/**
 * One operation in the documentation: who may call it, what it takes, a command to copy, what it answers.
 */
import { docsSchema, typeWords } from './docs-schema.ts';
import { escapeHtml, prose } from './html.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { Content, Operation } from './openapi-operation.ts';

export interface DocsEntry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function docsOperation(entry: DocsEntry, document: OpenApiDocument): string {
  const { method, path, operation } = entry;
  return `<article><details><summary><span class="verb ${method}">${method}</span><code class="path">${escapeHtml(path)}</code><span class="what">${escapeHtml(operation.summary)}</span></summary><div class="inner" id="${operation.operationId}">
${operation.description === undefined ? '' : prose(operation.description)}
${access(operation)}${parameters(operation)}${requestBody(operation, document)}
<h4>Try it</h4><pre>${escapeHtml(command(entry))}</pre>
${responses(operation, document)}</div></details></article>`;
}

function access(operation: Operation): string {
  const roles = operation['x-access']?.roles;
  const pills = roles === undefined ? ['no token needed'] : roles;
  return `<h4>Who may</h4>${pills.map((role) => `<span class="pill">${escapeHtml(role)}</span>`).join('')}`;
}

function parameters(operation: Operation): string {
  if (operation.parameters.length === 0) return '';
  const rows = operation.parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required ? ' <span class="need">required</span>' : ''}</td><td>${place}</td><td>${escapeHtml(typeWords(schema))}</td><td>${description === undefined ? '' : prose(description)}</td></tr>`,
  );
  return `<h4>Parameters</h4><table>${rows.join('')}</table>`;
}

function requestBody({ requestBody: body }: Operation, document: OpenApiDocument): string {
  const json = body?.content['application/json'];
  if (json === undefined) return '';
  return `<h4>Body</h4>${docsSchema(json.schema, document.components['schemas'] ?? {})}${example(json.example)}`;
}

const example = (value: unknown): string =>
  value === undefined || value === null ? '' : `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

function command({ method, path, operation }: DocsEntry): string {
  const lines = [`curl -s${method === 'GET' ? '' : ` -X ${method}`} "$LEASEHOLD_URL${filled(path, operation)}"`];
  if (operation.security.length > 0) lines.push('-H "Authorization: Bearer $LEASEHOLD_TOKEN"');
  for (const { name, in: place, required } of operation.parameters) {
    if (place === 'header' && required) lines.push(`-H '${name}: "1"'`);
  }
  const body = operation.requestBody?.content['application/json']?.example;
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}

/** A path that can be sent as it stands: the parameters' own examples, else their names in capitals. */
const filled = (path: string, { parameters: known }: Operation): string =>
  path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const examples = known.find((each) => each.in === 'path' && each.name === name)?.schema['examples'];
    return Array.isArray(examples) ? String(examples[0]) : name.toUpperCase();
  });

function responses(operation: Operation, document: OpenApiDocument): string {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const content = (response['content'] ?? {}) as Content;
    const json = content['application/json'];
    const codes = Object.keys(
      (content['application/problem+json'] as { readonly examples?: object } | undefined)?.examples ?? {},
    );
    const links = codes.map((code) => `<a class="pill" href="/problems/${code}">${code}</a>`).join('');
    const shape =
      json === undefined
        ? ''
        : `<details><summary>shape and example</summary>${docsSchema(json.schema, document.components['schemas'] ?? {})}${example(json.example)}</details>`;
    const stream =
      content['text/event-stream'] === undefined ? '' : ' <span class="pill">also as text/event-stream</span>';
    return `<tr><td>${status}</td><td>${links === '' ? prose(String(response['description'])) : links}${stream}${shape}</td></tr>`;
  });
  return `<h4>Answers</h4><table>${rows.join('')}</table>`;
}
