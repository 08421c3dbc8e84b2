/** After a test that took servers away: each that does not serve goes on, or is started again, so that the next finds them all. */
import type { Stack } from '../stack/index.ts';

export async function heal(stack: Stack): Promise<void> {
  for (const name of stack.servers) {
    const server = stack.server(name);
    if (await server.healthy()) continue;
    await server.resume().catch(() => undefined);
    if (!(await server.healthy())) await server.restart();
  }
}
