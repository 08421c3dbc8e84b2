/**
 * Whether an Ignite node lets its superuser in over the thin-client protocol and its cluster is active. A fresh cluster that
 * keeps anything on disk starts inactive, and its operator activates it once: an inactive one is told to, and looked at again.
 */
import { connect } from 'node:net';
import { byte, frame, long, readerOf, short, text } from '@leasehold/testing/fakes/ignite/wire';
import { HEALTHY, type Health, unhealthy } from '../../definition.ts';

export interface ThinLogin {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const STATE = 5000;
const SET_STATE = 5001;
const ACTIVE = 1;
const NODE_CLIENT = 2;

const handshake = ({ username, password }: ThinLogin): Buffer =>
  frame(byte(1), short(1), short(2), short(0), byte(NODE_CLIENT), text(username), text(password));

const question = frame(short(STATE), long(1n));
const activation = frame(short(SET_STATE), long(2n), byte(ACTIVE));

type Step = { readonly send: Buffer } | { readonly seen: Health };

/** What follows from the answers so far: to the handshake, to the question, to the activation. */
export function nextStep(answers: readonly Buffer[]): Step {
  const [letIn, state, activated] = answers;
  if (letIn === undefined || readerOf(letIn).byte() !== 1) return { seen: unhealthy('it lets nobody in') };
  if (state === undefined) return { send: question };
  const reader = readerOf(state);
  reader.long();
  const status = reader.int();
  if (status !== 0) return { seen: unhealthy(`it answers with status ${status}`) };
  if (reader.byte() === ACTIVE) return { seen: HEALTHY };
  return activated === undefined ? { send: activation } : { seen: unhealthy('its cluster is becoming active') };
}

function wholeFrames(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; bytes.length >= at + 4 && bytes.length >= at + 4 + bytes.readInt32LE(at); ) {
    const end = at + 4 + bytes.readInt32LE(at);
    frames.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return frames;
}

/** Rejects only with the signal's reason. */
export function probeThin(login: ThinLogin, signal: AbortSignal): Promise<Health> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    let taken = 0;
    const socket = connect(login.port, '127.0.0.1');
    const end = (seen: Health) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(seen);
    };
    const stop = () => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('connect', () => socket.write(handshake(login)));
    socket.on('data', (bytes) => {
      got = Buffer.concat([got, bytes]);
      const answers = wholeFrames(got);
      if (answers.length === taken) return;
      taken = answers.length;
      const step = nextStep(answers);
      if ('seen' in step) end(step.seen);
      else socket.write(step.send);
    });
    socket.on('error', () => end(unhealthy('no connection')));
    socket.on('close', () => end(unhealthy('it hung up')));
  });
}
