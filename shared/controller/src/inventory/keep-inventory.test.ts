/** What a commit of this process makes of an owner, as its inventory has it (2). */
import { expect, test } from 'vitest';
import { emptyShelf, SHELF, type Shelf } from '../../test/shelf.ts';
import { noteIn } from './keep-inventory.ts';

const ID = 'acme.left';
const shelf = (over: Partial<Shelf>): Shelf => ({ ...emptyShelf(ID), generation: 1, ...over });

function noted(state: Shelf, over: { hasEnded?(state: Shelf): boolean } = {}) {
  const found: unknown[] = [];
  const note = (...given: readonly unknown[]) => void found.push(given);
  noteIn({ note }, { ...SHELF, ...over })(ID, state);
  return found;
}

test('an owner is noted with its summary, and an id that never was one is not', () => {
  expect(noted(shelf({ phase: 'open' }))).toEqual([[ID, { status: 'completed' }]]);
  expect(noted(emptyShelf(ID))).toEqual([]);
});

test('2: who has ended is known no more, where such owners leave the directory; who keeps something is noted as gone', () => {
  const hasEnded = ({ phase, sizeCm }: Shelf) => phase === 'closed' && sizeCm === 0;
  expect(noted(shelf({ phase: 'closed' }), { hasEnded })).toEqual([[ID, undefined]]);
  expect(noted(shelf({ phase: 'closed', sizeCm: 5 }), { hasEnded })).toEqual([[ID, { status: 'deleted' }]]);
  expect(noted(shelf({ phase: 'closed' }))).toEqual([[ID, { status: 'deleted' }]]);
});
