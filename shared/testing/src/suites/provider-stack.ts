/**
 * What the tests against real servers need to know, from their environment; a missing variable fails the test that needs it.
 * Used by the stack tests of providers.
 */
import type { Ref } from '@leasehold/engine';
import { createTcpProxy } from '../fakes/tcp-proxy.ts';

export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: start the real servers first`);
  return value;
}

/** Names that no other run has. */
export function refMaker(kind: string, nameOf: (tenantId: string) => string): (label: string) => Ref {
  const run = (process.pid % 46_656).toString(36);
  let serial = 0;
  return (label) => {
    const tenantId = `rs-${run}-${label}-${++serial}`;
    return { kind, name: nameOf(tenantId), tenantId, generation: 1, tier: 'free' };
  };
}

export const address = (text: string): { readonly host: string; readonly port: number } => {
  const { hostname, port } = new URL(text.includes('://') ? text : `tcp://${text}`);
  return { host: hostname, port: Number(port) };
};

/** A provider behind a proxy that is mute, or that cuts until it is restored. */
export async function behindProxy<P>(
  target: string,
  mode: 'mute' | 'cut',
  make: (at: string) => { readonly backend: { close(): Promise<void> }; readonly providers: readonly [P] },
): Promise<{ readonly provider: P; restore(): void; close(): Promise<void> }> {
  const proxy = await createTcpProxy(address(target));
  proxy[mode]();
  const made = make(`127.0.0.1:${proxy.port}`);
  return {
    provider: made.providers[0],
    restore: () => proxy.resume(),
    close: async () => {
      await made.backend.close();
      await proxy.close();
    },
  };
}
