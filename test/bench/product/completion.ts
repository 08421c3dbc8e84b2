/**
 * A tenant as a client outside sees it become complete: the status stream, from the first look to the word `completed`.
 */
import type { Api } from '../../support/api.ts';
import { nameOf, statusPath } from '../../support/api.ts';
import { pause } from '../../support/poll.ts';

const WHOLE_MS = 120_000;
const UNKNOWN_PAUSE_MS = 5;

/** Where the product is and what lets us in. */
export interface Door {
  readonly url: string;
  readonly api: Api;
  token(): string;
}

async function openStream(door: Door, tenantId: string, signal: AbortSignal): Promise<Response> {
  for (;;) {
    const headers = { authorization: `Bearer ${door.token()}`, accept: 'text/event-stream' };
    const answer = await fetch(door.url + statusPath(tenantId), { headers, signal });
    if (answer.status === 200 && answer.body !== null) return answer;
    await answer.arrayBuffer();
    // An event that was published a moment ago has not been heard yet.
    if (answer.status !== 404) throw new Error(`the status stream of ${tenantId} answered ${answer.status}`);
    await pause(UNKNOWN_PAUSE_MS);
  }
}

/** Resolves when the stream says the word. Rejects for `failed`, and when it ends without it. */
export async function untilStatus(door: Door, tenantId: string, wanted: 'completed' | 'deleted'): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(WHOLE_MS)]);
  const stream = await openStream(door, tenantId, signal);
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of stream.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data:')) continue;
        const { status } = JSON.parse(line.slice('data:'.length)) as { readonly status: string };
        if (status === wanted) return;
        if (status === 'failed') throw new Error(`${tenantId} failed: ${line}`);
      }
    }
    throw new Error(`the status stream of ${tenantId} ended before ${wanted}`);
  } finally {
    stop.abort();
  }
}

export async function provision(door: Door, tenantId: string, tier: string): Promise<void> {
  await door.api.provision(tenantId, tier);
  await untilStatus(door, tenantId, 'completed');
}

export async function removeTenant(door: Door, tenantId: string): Promise<void> {
  await door.api.remove(tenantId, 'grace_hours=0&force=true');
  await untilStatus(door, tenantId, 'deleted');
}

export const createdEvent = (tenantId: string, tier: string): object => {
  const body = { tenant_id: tenantId, tenant_name: nameOf(tenantId), tier, created_at: new Date().toISOString() };
  return {
    payload: Buffer.from(JSON.stringify(body)).toString('base64'),
    properties: { event_id: `bench-${tenantId}` },
    context: tenantId,
  };
};
