/**
 * What is written down twice for deployment is the same twice: the workspaces and the image, the services and the chart, the
 * variables and the settings.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from '@leasehold/runtime';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const variables = new Set(settingsTable().map(({ variable }) => variable));

interface Values {
  readonly services: Readonly<Record<string, { readonly entry: string; readonly port: number }>>;
  readonly settings: Readonly<Record<string, string>>;
}
const values = parse(text('deploy/helm/leasehold/values.yaml')) as Values;

test('the image copies the manifest of every workspace', () => {
  const { workspaces } = JSON.parse(text('package.json')) as { readonly workspaces: readonly string[] };
  const manifests = globSync(
    workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  );
  const copied = [...text('deploy/docker/Dockerfile').matchAll(/^COPY (\S+\/package\.json) /gm)].map(
    ([, path]) => path,
  );
  expect(copied.toSorted()).toEqual(manifests.toSorted());
});

test('every service that runs as a process is in the chart and in Compose, by an entry that is there', () => {
  const names = globSync('services/*/src/main.ts', { cwd: root }).map((path) => path.split('/')[1] ?? '');
  expect(Object.keys(values.services).toSorted()).toEqual(names.toSorted());
  for (const { entry } of Object.values(values.services)) expect(existsSync(join(root, entry)), entry).toBe(true);
  const compose = parse(text('deploy/compose/compose.yaml'), { merge: true }) as { services: object };
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(names));
});

test('every variable that the chart and Compose set is a setting', () => {
  const compose = parse(text('deploy/compose/compose.yaml'), { merge: true }) as Record<'x-settings', object>;
  for (const name of [...Object.keys(values.settings), ...Object.keys(compose['x-settings'])]) {
    expect(variables, name).toContain(name);
  }
});
