/** Backends that are lent to check files against: each is made once, lent, and closed again whatever the check finds. */
import { invalid } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { BACKENDS, type Settings } from '../settings/groups.ts';
import type { BackendPlan } from '../settings/settings.port.ts';
import { type BackendParts, lendProviders } from './make-backends.ts';

function lent(failing?: string) {
  const told: string[] = [];
  const make = (name: string): BackendParts | undefined => {
    if (name === 'openproject') return undefined;
    told.push(`make ${name}`);
    const close = async () => {
      told.push(`close ${name}`);
      if (name === failing) throw new Error('cannot be closed');
    };
    return { backend: { name, close }, providers: [{ kind: `${name}-thing` }] } as unknown as BackendParts;
  };
  const lend = (check: Parameters<typeof lendProviders>[2]) =>
    lendProviders({} as Settings, {} as BackendPlan, check, make);
  return { told, lend };
}

test('providers of all backends that the plan has are lent, and closed when the check has ended', async () => {
  const { told, lend } = lent();
  let kinds: readonly string[] = [];
  await lend((providers) => {
    kinds = [...providers.keys()];
    told.push('check');
  });
  const made = BACKENDS.filter((name) => name !== 'openproject');
  expect(kinds).toEqual(made.map((name) => `${name}-thing`));
  expect(told).toEqual([...made.map((name) => `make ${name}`), 'check', ...made.map((name) => `close ${name}`)]);
});

test('what the check finds is told, also where a backend cannot be closed, and all are closed', async () => {
  const { told, lend } = lent('minio');
  const problem = invalid('no such tier', { code: 'BadTiers' });
  await expect(
    lend(() => {
      throw problem;
    }),
  ).rejects.toBe(problem);
  expect(told.filter((line) => line.startsWith('close')).length).toBe(BACKENDS.length - 1);
  await expect(lent('minio').lend(() => undefined)).resolves.toBeUndefined();
});
