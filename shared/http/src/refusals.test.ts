import { type LogFields, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { fixtureApp, handClock } from '../test/fixture.ts';

test('a refused token is told with its reason, once a minute with how many more, and never as itself', async () => {
  const clock = handClock();
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const warn = (message: string, fields?: LogFields) => lines.push([message, fields]);
  const app = fixtureApp({ log: { ...silentLog, warn, child: () => silentLog } }, clock);
  const ask = (token?: string) =>
    app.fetch(
      new Request(
        'http://x/api/v1/tenants/acme',
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      ),
    );
  const token = 'eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LWNsYWltcw.c2lnbmF0dXJl';
  for (let time = 0; time < 50; time++) await ask(token);
  expect(lines).toHaveLength(1);
  await ask();
  expect(lines).toHaveLength(2);
  await clock.advance(60_000);
  await ask(token);
  expect(lines).toHaveLength(3);
  const [first, missing, again] = lines.map(([, fields]) => fields);
  expect(first).toMatchObject({ reason: expect.stringContaining('refused'), route: '/api/v1/tenants/{tenant_id}' });
  expect(missing).toMatchObject({ reason: expect.stringContaining('needs a token') });
  expect(again).toMatchObject({ more_of_these: 49 });
  expect(JSON.stringify(lines)).not.toContain(token.slice(0, 20));
});
