/**
 * Dashboards in Grafana's own form (schema 39), from what `panels.ts` says. Pure: the same panels give the same text, so that the
 * files in `deploy/grafana` can be compared.
 */
import type { Dashboard, Panel, Row } from './panels.ts';

const COLUMNS = 24;
const HEIGHT = { lines: 8, number: 4, table: 8 } as const;

/** Grafana's own placeholder for the variable of that name. */
const DATASOURCE = { type: 'prometheus', uid: `$${'{datasource}'}` };

export function grafanaJson(dashboard: Dashboard): string {
  return `${JSON.stringify(
    {
      uid: dashboard.uid,
      title: dashboard.title,
      tags: ['leasehold'],
      schemaVersion: 39,
      editable: true,
      graphTooltip: 1,
      refresh: '30s',
      time: { from: 'now-3h', to: 'now' },
      timezone: 'browser',
      templating: { list: [datasourceVariable, jobVariable] },
      panels: placed(dashboard.rows),
    },
    null,
    2,
  )}\n`;
}

const datasourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };

const jobVariable = {
  name: 'job',
  label: 'Job',
  type: 'query',
  datasource: DATASOURCE,
  query: { query: 'label_values(leasehold_outbox_pending, job)', refId: 'job' },
  includeAll: true,
  allValue: '.+',
  multi: true,
  refresh: 2,
  current: { text: 'All', value: '$__all' },
};

/** Panels from left to right, rows one below the other. */
function placed(rows: readonly Row[]): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: at(0, y, COLUMNS, 1),
    });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += tallest;
        tallest = 0;
      }
      panels.push({ id: panels.length + 1, gridPos: at(x, y, panel.width, HEIGHT[panel.shape]), ...shown(panel) });
      x += panel.width;
      tallest = Math.max(tallest, HEIGHT[panel.shape]);
    }
    y += tallest;
  }
  return panels;
}

const at = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });

const TYPE = { lines: 'timeseries', number: 'stat', table: 'table' } as const;

function shown(panel: Panel): object {
  return {
    type: TYPE[panel.shape],
    title: panel.title,
    description: panel.help,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit: panel.unit, min: 0, noValue: '0' }, overrides: [] },
    options:
      panel.shape === 'number'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}
