/**
 * Every panel against a real Prometheus that scrapes the running product: `node test/contract/dashboards/live.ts URL [seconds]`,
 * with a `prometheus` on the PATH. Prints each query with the number of its
 * series; ends with 1 where a panel that should have data has none.
 *
 * 1. Traffic is the caller's affair: create a tenant or two while it runs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Panel } from './panels.ts';
import { DASHBOARDS } from './write.ts';

const PORT = 19_190;
const [url = 'http://127.0.0.1:7070', seconds = '40'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
const rules = join(import.meta.dirname, '..', '..', '..', 'deploy', 'prometheus');

writeFileSync(
  join(folder, 'prometheus.yaml'),
  `global: { scrape_interval: 2s, evaluation_interval: 2s }
rule_files: [${['recording', 'alerts'].map((name) => join(rules, `${name}.yaml`)).join(', ')}]
scrape_configs:
  - job_name: leasehold
    static_configs: [{ targets: ['${new URL(url).host}'] }]
`,
  { mode: 0o600 },
);

interface Answer {
  readonly status: string;
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** Series with a number in them. */
async function seriesOf(expr: string): Promise<number> {
  const query = expr.replaceAll('$job', '.+').replaceAll('$__rate_interval', '30s');
  const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1/query?${new URLSearchParams({ query })}`);
  const { status, data } = (await answer.json()) as Answer;
  if (status !== 'success') throw new Error(`refused: ${query}`);
  return (data?.result ?? []).filter(({ value }) => value[1] !== 'NaN').length;
}

async function check(panel: Panel): Promise<boolean> {
  const counts = await Promise.all(panel.queries.map(({ expr }) => seriesOf(expr)));
  const empty = counts.includes(0) && panel.quiet !== true;
  console.log(`${empty ? 'EMPTY' : 'ok   '} ${panel.title}: ${counts.join(', ')} series`);
  return !empty;
}

const args = [`--config.file=${join(folder, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
const prometheus = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${PORT}`], { stdio: 'ignore' });
try {
  await sleep(Number(seconds) * 1000);
  let whole = true;
  for (const { title, rows } of DASHBOARDS) {
    console.log(title);
    for (const panel of rows.flatMap((row) => row.panels)) whole = (await check(panel)) && whole;
  }
  process.exitCode = whole ? 0 : 1;
} finally {
  prometheus.kill();
}
