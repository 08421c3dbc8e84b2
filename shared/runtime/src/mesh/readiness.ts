/**
 * Whether the process can work: its store and its bus, looked at when somebody asks. A backend away is no reason not to be
 * ready; it is shown.
 *
 * 1. However often it is asked, only what changes is logged: away, and there again.
 */
import type { Readiness } from '@leasehold/http';
import type { Log } from '@leasehold/kernel';
import type { Platform } from '../platform/compose.ts';

export function createReadiness(
  { store, bus }: Pick<Platform, 'store' | 'bus'>,
  log: Log,
  backends: () => Readiness['backends'],
): (signal: AbortSignal) => Promise<Readiness> {
  const isAway = { store: false, bus: false };
  const look = async (part: keyof typeof isAway, ping: () => Promise<void>): Promise<void> => {
    try {
      await ping();
      if (isAway[part]) log.info(`the ${part} is there again`);
      isAway[part] = false;
    } catch (error) {
      if (!isAway[part]) log.warn(`the ${part} is away: not ready until it is back`, { error });
      isAway[part] = true;
    }
  };
  return async (signal) => {
    await Promise.all([look('store', () => store.ping(signal)), look('bus', () => bus.ping(signal))]);
    const away = (['store', 'bus'] as const).filter((part) => isAway[part]);
    if (away.length === 0) return { ready: true, backends: backends() };
    return { ready: false, reason: `away: ${away.join(', ')}`, backends: backends() };
  };
}
