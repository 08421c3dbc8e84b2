/**
 * `audit`: who changed what, of one tenant or of everything.
 */
import { bound } from '@leasehold/kernel';
import type { Command } from 'commander';
import { act, type Options, textOption } from '../action.ts';
import { auditTable } from '../audit-view.ts';
import { filledOption, instantOption, nameArgument } from '../option.ts';
import { readPages } from '../pages.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

const PAGE = bound('audit entries shown without --all', 50);

export function addAudit(program: Command, around: Surroundings): void {
  program
    .command('audit')
    .description('who changed what, when and why')
    .addArgument(nameArgument('[id]', 'only this tenant'))
    .addOption(filledOption('--actor <actor>', 'only what this subject asked for'))
    .addOption(instantOption('--since <time>', 'nothing older, such as 2026-01-31 or 2026-01-31T12:00:00Z'))
    .option('--all', `all of them, not the first ${PAGE.value}`)
    .action(act(around, audit));
}

async function audit({ client, output }: Session, [id]: readonly string[], options: Options): Promise<void> {
  const since = textOption(options, 'since');
  const query = { tenant_id: id, actor: textOption(options, 'actor'), since };
  const pages = await readPages(client, '/api/v1/audit', query, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0
      ? [pages.more ? 'none among the first' : 'nothing on record']
      : auditTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}
