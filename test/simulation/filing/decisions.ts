/**
 * What becomes of what is said of drawers, held against the rules once more.
 *
 * I3. An event is decided once, and as the rules say: a drawer that is there is not opened again, one that is being closed is not opened, and what
 *     is not there is not closed. What is refused is a dead letter. An operation is told once, when it has ended, under one id.
 * I7. At rest every message has come to its end: decided, or on the dead letter topic of this service with its bytes and its code; what was
 *     committed is published, in its order (invariants/published.ts).
 */
import { deadLetterTopic } from '@leasehold/contracts';
import type { Outgoing } from '@leasehold/controller/model';
import { watchEvents } from '../invariants/published.ts';
import { outgoingOfCommit } from '../tenant-view.ts';
import { PULSAR_TENANT } from '../tiers.ts';
import type { DrawerCommit, DrawerView } from './drawer-view.ts';
import { DRAWER_TOPICS, FILING, type Meaning } from './drawers.ts';
import type { FilingScene } from './invariants.ts';

type Phase = DrawerView['state']['phase'];
type Model = { readonly phase: Phase; readonly sizeGb: number };

/** The code of its refusal; `undefined`: it is applied, or says nothing new. */
function ask({ phase, sizeGb }: Model, meaning: Meaning): { readonly model: Model; readonly refused?: string } {
  if (meaning.kind === 'close')
    return phase === 'none' || phase === 'closed'
      ? { model: { phase, sizeGb }, refused: 'not-found' }
      : { model: { phase: 'closing', sizeGb } };
  return phase === 'closing'
    ? { model: { phase, sizeGb }, refused: 'conflict' }
    : { model: { phase: 'open', sizeGb: meaning.sizeGb } };
}

/** What is being closed may be closed by now. */
const withEnd = (models: readonly Model[]): readonly Model[] =>
  models.flatMap((model) => (model.phase === 'closing' ? [model, { ...model, phase: 'closed' as const }] : [model]));

const lettersOf = (outgoing: readonly Outgoing[]): readonly string[] =>
  outgoing.flatMap((each) => (each.kind === 'dead-letter' ? [each.code] : [])).sort();

export function watchDrawerDecisions(scene: FilingScene): () => void {
  const { world, drawers } = scene;
  const decided = new Set<string>();
  drawers.onCommit((commit) => {
    const keys = decidedIn(commit);
    for (const key of keys) {
      if (decided.has(key)) world.violate('I3', `the event ${key} of a drawer was decided a second time`);
      decided.add(key);
    }
    const wrong = broken(scene, commit, keys);
    if (wrong) world.violate('I3', `drawer ${commit.after.ownerId}: ${wrong}`);
  });
  const checkPublished = watchPublished(scene);
  const checkLetters = watchLetters(scene, decided);
  return () => {
    checkPublished();
    checkLetters();
  };
}

const INBOX = /^inbox\/[^/]+\//;

const decidedIn = ({ committed }: DrawerCommit): readonly string[] =>
  committed.request.put.filter(({ key }) => INBOX.test(key)).map(({ key }) => key.replace(INBOX, ''));

/** Follows the events of a commit through the rules, in the order of its rows. */
function broken({ sent }: FilingScene, commit: DrawerCommit, keys: readonly string[]): string | undefined {
  const { before, after, committed } = commit;
  const { phase = 'none', sizeGb = 0 } = before?.state ?? {};
  let models: readonly (Model & { readonly letters: readonly string[] })[] = [{ phase, sizeGb, letters: [] }];
  const end = () => withEnd(models).map((model) => ({ letters: [] as readonly string[], ...model }));
  for (const key of keys) {
    const meaning = sent.messages.find(({ eventId }) => eventId === key)?.meaning;
    if (meaning === undefined || typeof meaning === 'string') return `${key} was decided, and nobody said it`;
    models = end().map((known) => {
      const { model, refused } = ask(known, meaning);
      return { ...model, letters: refused === undefined ? known.letters : [...known.letters, refused].sort() };
    });
  }
  const is = { phase: after.state.phase, sizeGb: after.state.sizeGb };
  const letters = lettersOf(outgoingOfCommit(committed)).join();
  const fits = end().some(
    (model) => model.phase === is.phase && model.sizeGb === is.sizeGb && model.letters.join() === letters,
  );
  return fits ? undefined : `${keys.join(', ')} made it ${is.phase} of ${is.sizeGb} with letters [${letters}]`;
}

const CHANGED = 'drawer-changed-events';

function watchPublished({ world, drawers }: FilingScene): () => void {
  const told = new Set<string>();
  const events = watchEvents(world, [CHANGED]);
  drawers.onCommit(({ after: { ownerId, state }, committed }) => {
    for (const outgoing of outgoingOfCommit(committed)) {
      if (outgoing.kind !== 'event') continue;
      events.committed(ownerId, outgoing.body);
      const { operation } = state;
      // A later decision of the same commit may have begun another one.
      if (operation?.finishedAtMs === undefined) continue;
      if (told.has(operation.id)) world.violate('I3', `drawer ${ownerId}: ${operation.id} was told twice`);
      told.add(operation.id);
    }
  });
  return () => {
    events.checkAll();
    for (const { ownerId, state } of drawers.all.values())
      if (state.operation && !told.has(state.operation.id))
        world.violate('I7', `drawer ${ownerId}: the end of ${state.operation.id} was never told`);
  };
}

function watchLetters({ world, sent, drawers }: FilingScene, decided: ReadonlySet<string>): () => void {
  const own = new Set(DRAWER_TOPICS.map((name) => deadLetterTopic(PULSAR_TENANT, name, FILING)));
  const letters = new Map<string, { readonly code: string; readonly bytes: string }>();
  const refused = new Set<string>();
  drawers.onCommit(({ committed }) => {
    for (const outgoing of outgoingOfCommit(committed))
      if (outgoing.kind === 'dead-letter') refused.add(outgoing.letter.messageId);
  });
  world.broker.onPublish(({ topic, properties, payload }, producer) => {
    if (!topic.endsWith('-DLQ')) return;
    const messageId = properties['original_message_id'] ?? '';
    const isOurs = sent.messages.some((message) => message.messageId === messageId);
    if (isOurs !== own.has(topic))
      world.violate('I7', `${producer} publishes the dead letter of ${messageId} on ${topic}`);
    const bytes = Buffer.from(payload).toString('base64');
    if (isOurs) letters.set(messageId, { code: properties['error_code'] ?? '', bytes });
  });
  return () => {
    for (const { messageId, eventId, meaning, bytes } of sent.messages) {
      const letter = letters.get(messageId);
      const isBad = typeof meaning === 'string';
      if (isBad ? letter?.code !== meaning : !decided.has(eventId))
        world.violate('I7', `${messageId} (${eventId}) of a drawer came to no end: ${letter?.code ?? 'no letter'}`);
      if (!isBad && refused.has(messageId) !== (letter !== undefined))
        world.violate('I7', `${messageId} (${eventId}) of a drawer is dead as ${letter?.code ?? 'nothing'}`);
      if (letter && letter.bytes !== bytes)
        world.violate('I7', `the dead letter of ${messageId} has other bytes than the message`);
    }
  };
}
