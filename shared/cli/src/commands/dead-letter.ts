/**
 * `dead-letter list`, `get`, `redrive`: messages that could not be handled.
 */
import { bound } from '@leasehold/kernel';
import type { Command } from 'commander';
import { act, type Options, textOption } from '../action.ts';
import { filledOption, nameArgument } from '../option.ts';
import { readPages } from '../pages.ts';
import { letterLines, letterTable } from '../record-view.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { fields, maybeText, text } from '../wire.ts';

const PAGE = bound('dead letters shown without --all', 50);
const letterPath = (id: string): string => `/api/v1/dead-letters/${encodeURIComponent(id)}`;

export function addDeadLetter(program: Command, around: Surroundings): void {
  const letters = program.command('dead-letter').description('messages that could not be handled');
  letters
    .command('list')
    .description('newest day first')
    .option('--all', `all of them, not the first ${PAGE.value}`)
    .action(act(around, list));
  letters
    .command('get')
    .description('one letter with its original message')
    .addArgument(nameArgument('<id>'))
    .action(act(around, get));
  letters
    .command('redrive')
    .description('hand a letter to the service again')
    .addArgument(nameArgument('<id>'))
    .addOption(filledOption('--reason <reason>', 'why, for the record').makeOptionMandatory())
    .action(act(around, redrive));
}

async function list({ client, output }: Session, _args: readonly string[], options: Options): Promise<void> {
  const pages = await readPages(client, '/api/v1/dead-letters', {}, { all: options['all'] === true, limit: PAGE });
  output.result(pages.body, () =>
    pages.items.length === 0 ? ['no dead letters'] : letterTable(pages.items, output.paint),
  );
  if (pages.more) output.advice('There are more: add --all.');
}

async function get({ client, output }: Session, [id = '']: readonly string[]): Promise<void> {
  const answer = await client.send({ method: 'GET', path: letterPath(id) });
  output.result(answer.body, () => letterLines(answer.json, output.paint));
}

async function redrive({ client, output }: Session, [id = '']: readonly string[], options: Options): Promise<void> {
  const body = { reason: textOption(options, 'reason') };
  const answer = await client.send({ method: 'POST', path: `${letterPath(id)}/redrive`, body });
  const result = fields(answer.json);
  const detail = maybeText(result['detail']);
  output.result(answer.body, () => [
    `${text(result['id'], id)}: ${text(result['outcome'])}${detail === undefined ? '' : `, ${detail}`}`,
  ]);
}
