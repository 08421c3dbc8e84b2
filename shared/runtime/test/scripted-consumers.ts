/**
 * Consumers over a scripted bus whose runs are ended by hand, for this package's own tests. Not part of the package's interface.
 */
import type { IncomingMessage } from '@leasehold/bus';
import { bound, type Fault, seededRng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import type { ConsumersOptions, PreparedMessage } from '../src/loops/consumers.port.ts';
import { startConsumers } from '../src/loops/consumers.ts';
import { scriptedBus } from './scripted-bus.ts';

export const TOPIC = 'persistent://platformq/system/tenant-created-events';

/** Message ids are `<lane>:<serial>`. */
export function consumersBench(options: Partial<ConsumersOptions> = {}, scripted = scriptedBus()) {
  const clock = manualClock();
  const started: string[] = [];
  const prepared: string[] = [];
  const cannot: { id: string; code: string; attempts: number }[] = [];
  const gates = new Map<string, PromiseWithResolvers<{ outcome: string }>>();
  let held = false;
  let failPrepare: ((id: string) => Fault | undefined) | undefined;
  let failRun: ((id: string) => Fault | undefined) | undefined;
  const prepare = async (message: IncomingMessage): Promise<PreparedMessage> => {
    const fault = failPrepare?.(message.id);
    if (fault) throw fault;
    prepared.push(message.id);
    return {
      lane: message.id.split(':')[0] ?? '',
      run: async (signal) => {
        started.push(message.id);
        const broken = failRun?.(message.id);
        if (broken) throw broken;
        if (!held) return { outcome: 'done' };
        const gate = Promise.withResolvers<{ outcome: string }>();
        gates.set(message.id, gate);
        signal.addEventListener('abort', () => gate.reject(signal.reason));
        return gate.promise;
      },
    };
  };
  const consumers = startConsumers({
    bus: scripted.bus,
    subscription: 'tenant-provisioner',
    window: bound('window', 4),
    clock,
    rng: seededRng(1),
    log: silentLog,
    bounds: { attempts: bound('tries', 3), drainMs: bound('drain', 5_000) },
    prepare,
    onCannot: async (message, fault, attempts) => {
      cannot.push({ id: message.id, code: fault.code, attempts });
      return { outcome: 'dead_letter' };
    },
    ...options,
  });
  const send = async (...ids: string[]) => {
    for (const id of ids) scripted.send(TOPIC, id);
    await clock.settle();
  };
  return {
    ...{ clock, scripted, consumers, send, started, prepared, cannot },
    state: () => consumers.states()[0],
    hold: () => {
      held = true;
    },
    end: async (id: string) => {
      gates.get(id)?.resolve({ outcome: 'done' });
      await clock.settle();
    },
    setFailPrepare: (fail: typeof failPrepare) => {
      failPrepare = fail;
    },
    setFailRun: (fail: typeof failRun) => {
      failRun = fail;
    },
  };
}
