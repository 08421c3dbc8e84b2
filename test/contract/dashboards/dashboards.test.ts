import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '@leasehold/observability';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { grafanaJson } from './grafana.ts';
import { DASHBOARDS, dashboardFile } from './write.ts';

const deploy = join(import.meta.dirname, '..', '..', '..', 'deploy');

/** Every series that the product exposes; a histogram has three. */
const EXPOSED = new Set(
  Object.values(CATALOGUE).flatMap(({ name, kind }) =>
    kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  ),
);
const labelsOf = (series: string): readonly string[] => {
  const found = Object.values(CATALOGUE).find(({ name }) => series === name || series.startsWith(`${name}_`));
  return [...(found?.labels ?? []), 'le', 'job', 'instance'];
};

const seriesIn = (expr: string): readonly string[] => expr.match(/(?<![:\w])leasehold_\w+/g) ?? [];
const selectors = (expr: string): readonly (readonly [string, readonly string[]])[] =>
  [...expr.matchAll(/(leasehold_\w+)\{([^}]*)\}/g)].map(([, series = '', inside = '']) => [
    series,
    [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  ]);

function expectKnown(expr: string): void {
  for (const series of seriesIn(expr)) expect(EXPOSED, expr).toContain(series);
  for (const [series, labels] of selectors(expr)) {
    for (const label of labels) expect(labelsOf(series), `${series} in ${expr}`).toContain(label);
  }
}

test.each(DASHBOARDS.map((dashboard) => [dashboard.uid, dashboard] as const))(
  'the file of %s is what its panels say',
  (uid, dashboard) => {
    expect(JSON.parse(readFileSync(dashboardFile(uid), 'utf8'))).toEqual(JSON.parse(grafanaJson(dashboard)));
  },
);

test.each(DASHBOARDS.map((dashboard) => [dashboard.uid, dashboard] as const))(
  'every query of %s asks for metrics of the catalogue, by labels that they have',
  (_uid, { rows }) => {
    const queries = rows.flatMap(({ panels }) => panels).flatMap((panel) => panel.queries);
    expect(queries.length).toBeGreaterThan(5);
    for (const { expr } of queries) expectKnown(expr);
  },
);

/** The headings of the operations page, as anchors. */
const anchors = readFileSync(join(deploy, '..', 'docs', 'operations.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('#'))
  .map((line) => `docs/operations.md#${line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-')}`);

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string;
      readonly expr: string;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}

test.each(['recording.yaml', 'alerts.yaml'])('every rule of %s asks for metrics of the catalogue', (file) => {
  const { groups } = parse(readFileSync(join(deploy, 'prometheus', file), 'utf8')) as RuleFile;
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(3);
  for (const rule of rules) {
    expectKnown(rule.expr);
    if (rule.alert !== undefined) {
      expect(rule.annotations?.['summary'], rule.alert).toBeTruthy();
      expect(anchors, rule.alert).toContain(rule.annotations?.['runbook']);
    }
  }
});
