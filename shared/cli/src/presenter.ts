/**
 * How a wait is shown: drawn in place on a terminal, a line for each change in a pipe, nothing for a program.
 */
import { bound, type Clock } from '@leasehold/kernel';
import { createLive } from './live.ts';
import type { Output } from './output.ts';
import { changeLines, statusLines } from './status-view.ts';
import type { Surroundings } from './surroundings.ts';
import type { StatusSeen } from './wire.ts';

const FRAME_MS = bound('frame of a drawing ms', 100);

export interface Presenter {
  show(seen: StatusSeen): void;
  connection(state: 'lost' | 'back'): void;
  /** Leaves the last picture; the terminal is as it was. */
  close(): void;
}

export function createPresenter(output: Output, around: Pick<Surroundings, 'out' | 'clock'>): Presenter {
  if (output.live) return livePresenter(output, around.out, around.clock);
  let last: StatusSeen | undefined;
  return {
    show: (seen) => {
      output.progress(...changeLines(last, seen));
      last = seen;
    },
    connection: (state) =>
      output.progress(state === 'lost' ? '  the connection is lost, trying again' : '  the connection is back'),
    close: () => undefined,
  };
}

function livePresenter(output: Output, screen: Surroundings['out'], clock: Clock): Presenter {
  const live = createLive(screen);
  const stop = new AbortController();
  const beganMs = clock.now();
  let frame = 0;
  let lost = false;
  let seen: StatusSeen | undefined;
  const draw = (): void => {
    if (!seen) return;
    const lines = statusLines({ seen, paint: output.paint, frame, elapsedMs: clock.now() - beganMs, brief: true });
    live.draw(lost ? [...lines, output.paint.warn('the connection is lost, trying again')] : lines);
  };
  const turn = async (): Promise<void> => {
    for (; !stop.signal.aborted; frame++) {
      await clock.sleep(FRAME_MS.value, stop.signal);
      draw();
    }
  };
  turn().catch(() => undefined);
  return {
    show: (now) => {
      seen = now;
      draw();
    },
    connection: (state) => {
      lost = state === 'lost';
      draw();
    },
    close: () => {
      stop.abort();
      live.close(seen ? statusLines({ seen, paint: output.paint, brief: true }) : []);
    },
  };
}
