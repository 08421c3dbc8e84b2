/**
 * `tenant delete`: feared, so it shows what would go and has the id typed.
 *
 * 1. Without a terminal nothing is deleted unless --yes was given.
 * 2. A wait ends when everything is gone, or at the suspension where the grace ends later than the wait.
 */
import { parseInstant } from '@leasehold/kernel';
import type { Command } from 'commander';
import { DEFAULT_WAIT, settle, waitMs } from '../accepted.ts';
import { act, numberOption, type Options, tenantPath, textOption } from '../action.ts';
import { formatDuration, shortInstant } from '../duration.ts';
import { ACCEPTED, RECORD } from '../expected.ts';
import { Failure, usage } from '../failure.ts';
import { durationOption, filledOption, hoursOption, nameArgument } from '../option.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { plain } from '../text.ts';
import { type TenantSeen, tenantSeen } from '../wire.ts';

export function addTenantDelete(tenant: Command, around: Surroundings): void {
  tenant
    .command('delete')
    .description('suspend a tenant for its grace, then take everything down')
    .addArgument(nameArgument('<id>'))
    .addOption(hoursOption('--grace-hours <hours>', 'grace before data goes (default: by tier; 0: at once)'))
    .option('--force', 'go over protection (platform-admin only); the grace still holds')
    .addOption(filledOption('--reason <reason>', 'why, for the audit'))
    .option('--wait', 'wait until it is gone, or suspended where the grace is longer than the wait')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', DEFAULT_WAIT))
    .option('--yes', 'do not ask')
    .action(act(around, remove));
}

async function remove(session: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const { client, around, output } = session;
  const hours = numberOption(options, 'graceHours');
  const timeoutMs = waitMs(options);
  if (options['yes'] !== true) await confirm(session, id, hours);
  const answer = await client.send({
    method: 'DELETE',
    path: tenantPath(id),
    expects: ACCEPTED,
    query: {
      grace_hours: hours === undefined ? undefined : String(hours),
      force: options['force'] === true ? 'true' : undefined,
      reason: textOption(options, 'reason'),
    },
  });
  const { graceUntil } = tenantSeen((await client.send({ method: 'GET', path: tenantPath(id), expects: RECORD })).json);
  const graceUntilMs = parseInstant(graceUntil ?? '');
  const leftMs = graceUntilMs === undefined ? 0 : graceUntilMs - around.clock.now();
  const goal = leftMs > timeoutMs ? 'graced' : 'deleted';
  await settle(session, answer, options, { goal, done: `${plain(id)} is being deleted` });
  if (leftMs > 0 && graceUntil !== undefined && !(options['wait'] === true && goal === 'deleted'))
    output.advice(
      `Its data goes at ${shortInstant(graceUntil)} (in ${formatDuration(leftMs)}). Until then: \`leasehold tenant restore ${plain(id)}\`.`,
    );
}

async function confirm(session: Session, id: string, hours: number | undefined): Promise<void> {
  const { client, around, output } = session;
  if (!around.keyboard.isTty || output.format === 'json')
    throw usage(`nothing was deleted: without a terminal to confirm on, add --yes to delete ${JSON.stringify(id)}`);
  const tenant = tenantSeen((await client.send({ method: 'GET', path: tenantPath(id), expects: RECORD })).json);
  around.err.write(`${warning(tenant, hours)}\n`);
  const typed = await around.keyboard.ask(`Type ${tenant.id} to delete it: `, around.interrupted).catch(() => {
    throw new Failure('interrupted', 'nothing was deleted', { code: 'interrupted' });
  });
  if (typed.trim() !== tenant.id)
    throw new Failure('failed', `nothing was deleted: ${JSON.stringify(typed.trim())} is not ${tenant.id}`, {
      code: 'not-confirmed',
    });
}

function warning(tenant: TenantSeen, hours: number | undefined): string {
  const facts = [`tier ${tenant.tier}`, tenant.status, ...(tenant.isProtected ? ['protected'] : [])].join(', ');
  const grace =
    hours === 0
      ? 'There is no grace: its data goes at once and cannot be brought back.'
      : `It is suspended at once; its data goes after ${hours === undefined ? 'the grace of its tier' : formatDuration(hours * 3_600_000)}, until then it can be restored.`;
  return `This deletes the tenant ${tenant.id} (${tenant.name}; ${facts}).\n${grace}`;
}
