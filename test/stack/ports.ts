/**
 * Free loopback ports. The servers' usual ports are left to whatever else runs on the machine.
 *
 * 1. Ports come from a range below the kernel's range for outgoing connections, so that a killed server finds its port
 *    free again when it is restarted: nothing is handed it by chance meanwhile.
 * 2. A port counts as free only if it can be bound on IPv4 and, where the machine has it, on IPv6 loopback.
 * 3. Ports remembered from the last run are taken again if they are free.
 */
import { createServer } from 'node:net';
import { bound, type Rng, unavailable } from '@leasehold/kernel';

export const FIRST_PORT = 21_000;
export const LAST_PORT = 29_999;
const MAX_TRIES = bound('stack.port-tries', 400);

export type PortProbe = (port: number) => Promise<boolean>;

const canBind = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

export const isFree: PortProbe = async (port) => (await canBind(port, '127.0.0.1')) && (await canBind(port, '::1'));

/**
 * @param taken ports promised to others by this bring-up; the chosen ones are added to it.
 * Errors: `Unavailable` (code `StackPorts`) when the range is full.
 */
export async function choosePorts(
  names: readonly string[],
  remembered: Readonly<Record<string, number>>,
  taken: Set<number>,
  rng: Rng,
  free: PortProbe = isFree,
): Promise<Record<string, number>> {
  const chosen: Record<string, number> = {};
  const take = async (name: string, port: number): Promise<boolean> => {
    if (taken.has(port) || !(await free(port))) return false;
    taken.add(port);
    chosen[name] = port;
    return true;
  };
  for (const name of names) {
    const before = remembered[name];
    if (before !== undefined && (await take(name, before))) continue;
    for (let tries = 0; chosen[name] === undefined; tries++) {
      if (tries >= MAX_TRIES.value) {
        throw unavailable(`no free port between ${FIRST_PORT} and ${LAST_PORT} for ${name}`, { code: 'StackPorts' });
      }
      await take(name, FIRST_PORT + rng.int(LAST_PORT - FIRST_PORT + 1));
    }
  }
  return chosen;
}
