/** A failure inside the driver's reconnection ends in a listener, never as a rejection that nobody handles (1). */
import { expect, test } from 'vitest';
import { guardControlConnection } from './control-connection.ts';

test('what the control connection of the driver throws is told, and what it does stays (1)', async () => {
  const asked: unknown[] = [];
  const client = {
    controlConnection: {
      host: null as { once(): void } | null,
      async _refresh(hosts?: unknown) {
        asked.push(hosts);
        this.host?.once();
        if (this.host === null) throw new TypeError("Cannot read properties of null (reading 'once')");
      },
    },
  };
  const told: unknown[] = [];
  guardControlConnection(client, (error) => told.push(error));
  await client.controlConnection._refresh('some');
  expect([asked, told.map(String)]).toEqual([['some'], ["TypeError: Cannot read properties of null (reading 'once')"]]);
});

test('the driver in use has the part that is guarded', async () => {
  const { default: driver } = await import('cassandra-driver');
  const client = new driver.Client({ contactPoints: ['127.0.0.1:1'], localDataCenter: 'none' });
  const { controlConnection } = client as unknown as { readonly controlConnection: object };
  guardControlConnection(client, () => undefined);
  expect(Object.hasOwn(controlConnection, '_refresh')).toBe(true);
});
