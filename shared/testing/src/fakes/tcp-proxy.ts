/**
 * A TCP proxy on loopback that fails as networks do: cut (connections are reset and new ones refused), or mute (everything
 * stays open and nothing passes). For tests of reconnecting and timeouts.
 *
 * 1. `resume` lets new connections pass again; what was held back while mute is then delivered.
 * 2. While mute, a side that hangs up is seen here and not on the other side, as when packets are lost.
 * 3. `close` leaves no socket and no listener behind.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxy {
  /** Where it listens on 127.0.0.1; the same over cut and resume. */
  readonly port: number;
  /** Connections that clients hold. */
  readonly connections: number;
  /** Resets every connection and every new one, until `resume`. */
  cut(): void;
  /** Resets every connection; new ones pass. */
  drop(): void;
  /** Holds back every byte in both directions, of new connections too, until `resume`. */
  mute(): void;
  resume(): void;
  close(): Promise<void>;
}

type Mode = 'passing' | 'cut' | 'mute';

interface Link {
  /** The other side learns what was held back, and that this side has gone. */
  flush(): void;
  destroy(): void;
  readonly near: Socket;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

function createLink(near: Socket, far: Socket, isMute: () => boolean, gone: () => void): Link {
  let held: (() => void)[] = [];
  const pass = (deliver: () => void) => {
    if (isMute()) held.push(deliver);
    else deliver();
  };
  const destroy = () => {
    near.destroy();
    far.destroy();
    gone();
  };
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on('data', (chunk) => {
      pass(() => {
        if (to.write(chunk)) return;
        from.pause();
        to.once('drain', () => from.resume());
      });
    });
    from.on('end', () => pass(() => to.end()));
    from.on('error', () => undefined);
    from.on('close', () => pass(destroy));
  }
  return {
    near,
    destroy,
    flush: () => {
      const delivering = held;
      held = [];
      for (const deliver of delivering) deliver();
    },
  };
}

export async function createTcpProxy(target: TcpTarget): Promise<TcpProxy> {
  let mode: Mode = 'passing';
  const links = new Set<Link>();
  const server = createServer((near) => {
    if (mode === 'cut') return void near.resetAndDestroy();
    const far = connect(target.port, target.host);
    const link = createLink(
      near,
      far,
      () => mode === 'mute',
      () => links.delete(link),
    );
    links.add(link);
  });
  const port = await listen(server);
  const drop = () => {
    for (const link of [...links]) {
      link.near.resetAndDestroy();
      link.destroy();
    }
  };
  return {
    port,
    get connections() {
      return [...links].filter(({ near }) => !near.destroyed).length;
    },
    cut: () => {
      mode = 'cut';
      drop();
    },
    drop,
    mute: () => {
      mode = 'mute';
    },
    resume: () => {
      mode = 'passing';
      for (const link of [...links]) link.flush();
    },
    close: () => {
      mode = 'cut';
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
