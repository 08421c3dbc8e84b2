/**
 * `tenant get`, `list`, `watch`, `drift`: looking, never touching.
 */
import { bound } from '@leasehold/kernel';
import type { Command } from 'commander';
import { act, numberOption, type Options, tenantPath, textOption } from '../action.ts';
import { DRIFT, RECORD, STATUS } from '../expected.ts';
import { statusPath } from '../follow.ts';
import { durationOption, nameArgument } from '../option.ts';
import { readPages } from '../pages.ts';
import { driftLines, tenantLines } from '../record-view.ts';
import type { Session } from '../session.ts';
import { statusLines } from '../status-view.ts';
import type { Surroundings } from '../surroundings.ts';
import { waitFor } from '../watch.ts';
import { statusSeen, tenantSeen } from '../wire.ts';

const PAGE = bound('tenants shown without --all', 50);

export function addTenantRead(tenant: Command, around: Surroundings): void {
  tenant
    .command('get')
    .description('status, resources, conditions and quota as a tree')
    .addArgument(nameArgument('<id>'))
    .action(act(around, get));
  tenant
    .command('list')
    .description('tenants, by id')
    .option('--tier <tier>', 'only this tier')
    .option('--status <status>', 'only this status')
    .option('--all', `all of them, not the first ${PAGE.value}`)
    .action(act(around, list));
  tenant
    .command('watch')
    .description('follow a tenant until its present operation ends')
    .addArgument(nameArgument('<id>'))
    .addOption(durationOption('--timeout <duration>', 'how long at most (default: as long as it takes)'))
    .action(act(around, watch));
  tenant
    .command('drift')
    .description('what differs from what should be')
    .addArgument(nameArgument('<id>'))
    .action(act(around, drift));
}

async function get({ client, output }: Session, [id = '']: readonly string[]): Promise<void> {
  const status = client.send({ method: 'GET', path: statusPath(id), expects: STATUS });
  if (output.format === 'json') return output.result((await status).body, () => []);
  const [answer, record] = await Promise.all([
    status,
    client.send({ method: 'GET', path: tenantPath(id), expects: RECORD }),
  ]);
  output.result(answer.body, () =>
    statusLines({ seen: statusSeen(answer.json), record: tenantSeen(record.json), paint: output.paint }),
  );
}

async function list({ client, output }: Session, _args: readonly string[], options: Options): Promise<void> {
  const query = {
    tier: textOption(options, 'tier')?.toLowerCase(),
    status: textOption(options, 'status')?.toLowerCase(),
  };
  const pages = await readPages(client, '/api/v1/tenants', query, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0
      ? [pages.more ? 'none among the first' : 'no tenants']
      : tenantLines(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function watch(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const timeoutMs = numberOption(options, 'timeout');
  // Asked first, so that a wrong id or a server that is not there is told at once.
  await session.client.send({ method: 'GET', path: statusPath(id), expects: STATUS });
  await waitFor(session, { tenantId: id, goal: 'settled', ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}

async function drift({ client, output }: Session, [id = '']: readonly string[]): Promise<void> {
  const answer = await client.send({ method: 'GET', path: tenantPath(id, '/drift'), expects: DRIFT });
  output.result(answer.body, () => driftLines(answer.json, output.paint));
}
