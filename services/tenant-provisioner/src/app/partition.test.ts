/** What another release wrote of a tenant. */
import { expect, test } from 'vitest';
import { emptyState } from '../domain/state.ts';
import { readTenant } from './partition.ts';

test('D3: a state that only a newer release understands is not read as something else, and is another replica’s to see to', () => {
  const reading = (more: object) => () =>
    readTenant('acme', { version: 1, rows: new Map([['state', JSON.stringify({ ...emptyState('acme'), ...more })]]) });
  for (const text of ['', 'v2:eyJ2IjoyfQ==', 'null', '[]', '7'])
    expect(() => readTenant('acme', { version: 1, rows: new Map([['state', text]]) })).toThrow(
      expect.objectContaining({ class: 'Unavailable', code: 'NewerRelease' }),
    );
  for (const more of [{ v: 2 }, { phase: 'moving' }, { tier: 'platinum' }])
    expect(reading(more)).toThrow(expect.objectContaining({ class: 'Unavailable', code: 'NewerRelease' }));
  expect(reading({ cells: ['eu-1'] })().state).toMatchObject({ cells: ['eu-1'] });
});
