/**
 * The moments at which the specimen is killed: each place where something is done that another process has to know of. Owns how a
 * process of the specimen dies at one of them, by SIGKILL on itself, so that nothing is told, closed or given up.
 *
 * 1. A process dies at the one moment of the one owner that it was started for, and else is as it ships: what it calls is wrapped, and
 *    no code of the product knows of it.
 * 2. Nothing of the process runs between the moment and its end.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Bus, IncomingMessage } from '@leasehold/bus';
import type { Provider } from '@leasehold/engine';
import type { Platform, ServiceDefinition } from '@leasehold/runtime';
import type { Store } from '@leasehold/store';

/** In the order in which they come: of an opening as of a closing. */
export const KILL_POINTS = [
  'before its decision',
  'after its decision',
  'after its ack',
  'before its effect',
  'half way through its effect',
  'after its effect',
  'after its outcome',
  'after its publication',
  'after its row is gone',
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

/** The environment of a process that is to die: when, and of whose owner. */
export const KILL = { point: 'SPECIMEN_KILL_POINT', tenantId: 'SPECIMEN_KILL_TENANT' } as const;

/** Dies where it is the moment. */
type Reaches = (point: KillPoint, isIt: boolean) => void;

export const dying = (service: ServiceDefinition, point: KillPoint, tenantId: string): ServiceDefinition => ({
  ...service,
  compose: (options) => {
    const reaches: Reaches = (reached, isIt) => {
      if (reached === point && isIt) process.kill(process.pid, 'SIGKILL');
    };
    return service.compose({ ...options, platform: doomed(options.platform, tenantId, reaches) });
  },
});

function doomed(platform: Platform, tenantId: string, reaches: Reaches): Platform {
  const { store, bus, backends } = platform;
  // The ledger and the relay have the store already: they ask it for its commit each time.
  Object.assign(store, { commit: commitOf(store, tenantId, reaches) });
  dieHalfWay(tenantId, reaches);
  return {
    ...platform,
    bus: busOf(bus, tenantId, reaches),
    backends: {
      ...backends,
      use: (names) => {
        const { providers, guards } = backends.use(names);
        const wrapped = [...providers].map(
          ([kind, provider]) => [kind, providerOf(provider, tenantId, reaches)] as const,
        );
        return { guards, providers: new Map(wrapped) };
      },
    },
  };
}

function commitOf({ commit }: Store, tenantId: string, reaches: Reaches): Store['commit'] {
  return async (request, signal) => {
    const isOurs = request.partition.includes(`/${tenantId}.`);
    const puts = (prefix: string): boolean => isOurs && request.put.some(({ key }) => key.startsWith(prefix));
    reaches('before its decision', puts('inbox/'));
    const outcome = await commit(request, signal);
    if (outcome.kind !== 'committed') return outcome;
    reaches('after its decision', puts('inbox/'));
    reaches('after its outcome', puts('outbox/'));
    reaches('after its row is gone', isOurs && request.remove.some((key) => key.startsWith('outbox/')));
    return outcome;
  };
}

const isOf = ({ payload }: Pick<IncomingMessage, 'payload'>, tenantId: string): boolean =>
  Buffer.from(payload).includes(JSON.stringify(tenantId));

const busOf = (bus: Bus, tenantId: string, reaches: Reaches): Bus => ({
  ...bus,
  publish: async (message, signal) => {
    const id = await bus.publish(message, signal);
    reaches('after its publication', message.topic.endsWith('-changed-events') && isOf(message, tenantId));
    return id;
  },
  subscribe: async (options) => {
    const consumer = await bus.subscribe(options);
    return {
      ...consumer,
      ack: async (message) => {
        await consumer.ack(message);
        reaches('after its ack', isOf(message, tenantId));
      },
    };
  },
});

const providerOf = (provider: Provider, tenantId: string, reaches: Reaches): Provider => ({
  ...provider,
  ensure: async (ref, spec, changes, scope) => {
    reaches('before its effect', ref.tenantId === tenantId);
    const outputs = await provider.ensure(ref, spec, changes, scope);
    reaches('after its effect', ref.tenantId === tenantId);
    return outputs;
  },
  delete: async (ref, scope) => {
    reaches('before its effect', ref.tenantId === tenantId);
    await provider.delete(ref, scope);
    reaches('after its effect', ref.tenantId === tenantId);
  },
});

/** A server has done the first of the changes that make an effect, and its answer is here. */
function dieHalfWay(tenantId: string, reaches: Reaches): void {
  subscribe('http.client.response.finish', (message) => {
    const { request } = message as { readonly request: { readonly method: string; readonly path: string } };
    reaches('half way through its effect', request.method !== 'GET' && request.path.includes(tenantId));
  });
}
