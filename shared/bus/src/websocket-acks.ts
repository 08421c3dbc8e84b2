/**
 * Acks of one consumer on the socket of the moment, and the questions that show them read.
 *
 * 1. Pulsar answers no ack, but answers `isEndOfTopic`, in order: an ack resolves with the answer to a question sent after it.
 * 2. One question is under way at a time; acks that come meanwhile share the next.
 * 3. Acks that were not told when the socket was lost are sent again on the next one.
 */
import type { Session } from './websocket-session.ts';

export interface PendingAck {
  readonly wireId: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface AckLine {
  add(ack: PendingAck): void;
  /** Asks the broker for a sign of life. */
  ask(): void;
  answered(): void;
  lost(): void;
  flush(): void;
  fail(error: unknown): void;
  /** Resolves when every ack has been told. */
  drained(): Promise<void>;
}

export function createAckLine(session: Session): AckLine {
  /** Oldest first; the first `sent` of them are on the socket. */
  let line: PendingAck[] = [];
  let sent = 0;
  /** How many of the line had been sent before each question under way. */
  let questions: number[] = [];
  let onEmpty: (() => void) | undefined;
  const ask = () => {
    questions.push(sent);
    session.send('{"type":"isEndOfTopic"}');
  };
  const flush = () => {
    if (!session.isOpen()) return;
    for (; sent < line.length; sent += 1) {
      session.send(`{"type":"ack","messageId":"${(line[sent] as PendingAck).wireId}"}`);
    }
    if (line.length > 0 && questions.length === 0) ask();
  };
  return {
    ask,
    flush,
    add: (ack) => {
      line.push(ack);
      // The acks of one turn of the event loop share a question.
      if (line.length - sent === 1) queueMicrotask(flush);
    },
    answered: () => {
      const count = questions.shift() ?? 0;
      const told = line.slice(0, count);
      line = line.slice(count);
      sent -= count;
      questions = questions.map((other) => other - count);
      for (const ack of told) ack.resolve();
      if (line.length === 0) onEmpty?.();
      flush();
    },
    lost: () => {
      sent = 0;
      questions = [];
    },
    fail: (error) => {
      const failing = line;
      line = [];
      sent = 0;
      for (const ack of failing) ack.reject(error);
    },
    drained: () =>
      new Promise((resolve) => {
        if (line.length === 0) resolve();
        else onEmpty = resolve;
      }),
  };
}
