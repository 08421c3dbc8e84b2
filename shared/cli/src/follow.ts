/**
 * A tenant's status, followed over as many connections as it takes.
 *
 * 1. A lost connection is made again with backoff and `Last-Event-ID`, so that no end state is missed.
 * 2. A connection that ended without a word is followed by one without an id, so that a lost end is told again.
 * 3. Where the server says that nothing comes any more, the last status is told once again as `over`. Who then still waits
 *    (for the end of a grace) looks again now and then.
 * 4. Whoever reads decides when it is over; a refusal ends it, and so do `LOST` failures in a row.
 */
import { backoffMs, bound } from '@leasehold/kernel';
import { type Client, stopped, unreachable } from './client.ts';
import { Failure } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { parseJson, type StatusSeen, statusSeen } from './wire.ts';

const LOST = bound('lost connections in a row', 60);
const BACKOFF = { baseMs: 200, capMs: 5_000 };

export interface Followed {
  readonly seen: StatusSeen;
  /** The server's answer, unchanged. */
  readonly body: string;
  /** Nothing comes after this by itself. */
  readonly over: boolean;
}

export interface FollowOptions {
  readonly client: Client;
  readonly tenantId: string;
  readonly around: Pick<Surroundings, 'clock' | 'rng'>;
  /** Told when the connection is lost, and when it is there again. */
  readonly onConnection?: (state: 'lost' | 'back') => void;
}

export const statusPath = (tenantId: string): string =>
  `/api/v1/tenants/${encodeURIComponent(tenantId)}/provisioning-status`;

export async function* follow(options: FollowOptions, signal: AbortSignal): AsyncGenerator<Followed> {
  const { client, tenantId, around, onConnection } = options;
  let lastId: string | undefined;
  let last: Followed | undefined;
  let failures = 0;
  let lost = false;
  for (;;) {
    let told = 0;
    const onOpen = (): void => {
      if (lost) onConnection?.('back');
      lost = false;
    };
    try {
      for await (const event of client.events({ path: statusPath(tenantId), lastEventId: lastId, onOpen }, signal)) {
        told += 1;
        if (event === 'over') {
          if (last) yield { ...last, over: true };
          continue;
        }
        failures = 0;
        lastId = event.id;
        const json = parseJson(event.data);
        if (json === undefined) continue;
        last = { seen: statusSeen(json), body: event.data, over: false };
        yield last;
      }
      if (told === 0) lastId = undefined;
    } catch (error) {
      if (signal.aborted) throw stopped(signal);
      if (error instanceof Failure && error.exit !== 'unreachable' && error.code !== 'too-many-requests') throw error;
      if (failures + 1 >= LOST.value) throw error instanceof Failure ? error : unreachable(client.url, error);
      if (!lost) onConnection?.('lost');
      lost = true;
    }
    failures += 1;
    await around.clock.sleep(backoffMs(failures, BACKOFF, around.rng), signal).catch(() => {
      throw stopped(signal);
    });
  }
}
