/**
 * Writes docs/settings.md from the settings' own definitions: `node test/contract/settings-doc.ts`. The check compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from '@leasehold/runtime';

export const SETTINGS_DOC = join(import.meta.dirname, '..', '..', 'docs', 'settings.md');

const cell = (text: string): string => text.replaceAll('|', '\\|');

export function renderSettings(): string {
  const lines = [
    '# Settings',
    '',
    'Environment variables. A `.env` file in the working folder is read too; the environment wins. Any secret `X` may come from a',
    'file named by `X_FILE`. A wrong or missing setting stops the start with one message that names every such variable.',
    '',
    'This page is made from the definitions in `shared/runtime/src/settings` by `npm run docs`.',
  ];
  let title = '';
  for (const row of settingsTable()) {
    if (row.title !== title) {
      title = row.title;
      lines.push(
        '',
        `## ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
        '',
        '| variable | meaning | expected | default |',
        '| --- | --- | --- | --- |',
      );
    }
    const secret = row.secret ? ' (secret)' : '';
    lines.push(
      `| \`${row.variable}\` | ${cell(row.meaning)}${secret} | ${cell(row.expected)} | ${cell(row.default)} |`,
    );
  }
  lines.push('', '## Set by others', '', '| variable | meaning |', '| --- | --- |');
  lines.push(
    '| `KUBERNETES_SERVICE_HOST` | set inside a cluster by Kubernetes itself; with it the service account is used |',
  );
  return `${lines.join('\n')}\n`;
}

export const settingsDocIsStale = (): boolean => {
  try {
    return readFileSync(SETTINGS_DOC, 'utf8') !== renderSettings();
  } catch {
    return true;
  }
};

if (import.meta.main) writeFileSync(SETTINGS_DOC, renderSettings());
