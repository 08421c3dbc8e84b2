/**
 * The HTTP side of a process from its first moment: `/health` answers at once, everything else says "starting" until the
 * services are there. A port that is taken is thus known before anything is opened.
 */
import { type App, type AppOptions, createApp, type Readiness } from '@leasehold/http';
import { Fault } from '@leasehold/kernel';

export interface Front {
  /** To be served; what it does changes when the services are there. */
  readonly app: App;
  /** What the start waits for, as `/ready` tells it. */
  waitFor(reason: string | undefined): void;
  /** The services are there: from now on their routes answer. */
  open(options: Pick<AppOptions, 'routes' | 'idempotency' | 'ready'>): void;
}

type Stage = 'drain' | 'refuse';

export function createFront(base: Omit<AppOptions, 'routes' | 'idempotency' | 'ready'>): Front {
  let reason = 'starting';
  const starting = async (): Promise<Readiness> => ({ ready: false, reason, backends: {} });
  const away = () =>
    Promise.reject(new Fault('Unavailable', 'the process is starting', { code: 'Starting', retryAfterMs: 1000 }));
  let current = createApp({
    ...base,
    routes: [],
    starting: true,
    idempotency: { begin: away, renew: away, finish: away, abandon: away },
    ready: starting,
  });
  const drained: Stage[] = [];
  const pass = (stage: Stage): void => {
    drained.push(stage);
    current[stage]();
  };
  return {
    app: {
      fetch: (request) => current.fetch(request),
      get routes() {
        return current.routes;
      },
      openapi: () => current.openapi(),
      drain: () => pass('drain'),
      refuse: () => pass('refuse'),
      log: base.log,
    },
    waitFor: (what) => {
      reason = what ?? 'starting';
    },
    open: (options) => {
      current = createApp({ ...base, ...options });
      // Services may come up while the process is told to stop.
      for (const stage of drained) current[stage]();
    },
  };
}
