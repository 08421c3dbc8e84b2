/**
 * Writes the dashboards below deploy/grafana: `npm run docs`. The check compares what is there with what would be written.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKENDS } from './backends.ts';
import { grafanaJson } from './grafana.ts';
import { TENANTS } from './tenants.ts';

export const DASHBOARDS = [TENANTS, BACKENDS] as const;
export const dashboardFile = (uid: string): string =>
  join(import.meta.dirname, '..', '..', '..', 'deploy', 'grafana', `${uid}.json`);

if (import.meta.main) {
  for (const dashboard of DASHBOARDS) writeFileSync(dashboardFile(dashboard.uid), grafanaJson(dashboard));
}
