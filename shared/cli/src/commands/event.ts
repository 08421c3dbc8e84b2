/**
 * `event publish`: an event as an upstream service would send it, on the embedded bus.
 */
import type { Command } from 'commander';
import { act, type Options, textOption } from '../action.ts';
import { PUBLISHED } from '../expected.ts';
import { readInput } from '../input.ts';
import { filledOption, nameArgument } from '../option.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { fields, text } from '../wire.ts';

export function addEvent(program: Command, around: Surroundings): void {
  program
    .command('event')
    .description('events on the embedded bus')
    .command('publish')
    .description('publish an event as an upstream service would')
    .addArgument(nameArgument('<topic>', 'last part of the topic: tenant-created-events'))
    .argument('<json>', 'the event: JSON, @file, or - for standard input')
    .addOption(filledOption('--namespace <name>', 'namespace of the topic').default('system'))
    .action(act(around, publish));
}

async function publish(session: Session, [topic = '', given = '']: readonly string[], options: Options): Promise<void> {
  const { client, output, around } = session;
  const body = await readInput(given, 'the event', around);
  const answer = await client.send({
    method: 'POST',
    path: `/api/v1/events/${encodeURIComponent(topic)}`,
    query: { namespace: textOption(options, 'namespace') },
    body,
    expects: PUBLISHED,
  });
  const published = fields(answer.json);
  output.result(answer.body, () => [
    `published as message ${text(published['message_id'])} on ${text(published['topic'])}`,
  ]);
}
