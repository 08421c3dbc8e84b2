/**
 * I7. At rest every message has come to its end: decided once, or on the dead letter topic with its bytes and the reason
 * that the rules give, or gone with the namespace that it was published in.
 */
import type { Scene } from '../invariants.ts';
import { SERVICE } from '../service.ts';
import { isHeard } from '../tenant-view.ts';

interface DeadLetter {
  readonly code: string;
  readonly messageId: string;
  readonly bytes: string;
}

export function watchLetters({ world, sent, monitor, views }: Scene): () => void {
  const letters: DeadLetter[] = [];
  world.broker.onPublish((message) => {
    if (!message.topic.endsWith(`-${SERVICE}-DLQ`)) return;
    letters.push({
      code: message.properties['error_code'] ?? '',
      messageId: message.properties['original_message_id'] ?? '',
      bytes: Buffer.from(message.payload).toString('base64'),
    });
  });
  return () => {
    for (const message of sent.messages) {
      if (message.lost() || !isHeard(message.topic, views.all)) continue;
      const found = letters.filter(({ messageId }) => messageId === message.id);
      if (found.some(({ bytes }) => bytes !== message.bytes))
        world.violate('I7', `the dead letter of ${message.id} has other bytes than the message`);
      if (message.bad !== undefined) {
        if (!found.some(({ code }) => code === message.bad))
          world.violate(
            'I7',
            `${message.id} should be dead as ${message.bad}, found ${found.map(({ code }) => code).join() || 'nothing'}`,
          );
      } else if (!monitor.decided.has(message.eventKey))
        world.violate('I7', `${message.id} (${message.eventKey}) was never decided`);
    }
    // One copy of an event may be dead for where it was published while another is good.
    const bad = new Set(sent.messages.filter((message) => message.bad !== undefined).map(({ id }) => id));
    for (const [tenantId, models] of monitor.models) {
      const expected = models.map((model) => [...model.letters].sort().join(', '));
      const dead = letters
        .filter(({ messageId }) => !bad.has(messageId))
        .map(({ code, messageId }) => `${sent.keyOf(messageId)} ${code}`);
      const actual = [...new Set(dead.filter((letter) => sent.tenantOf(letter.split(' ')[0] ?? '') === tenantId))]
        .sort()
        .join(', ');
      if (!expected.includes(actual))
        world.violate('I7', `${tenantId}: dead letters are [${actual}], not [${expected.join('] or [')}]`);
    }
  };
}
