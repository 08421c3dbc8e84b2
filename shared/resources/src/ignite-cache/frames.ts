/**
 * Bytes of a thin-client connection cut into whole frames: four bytes of length, little-endian, then that many bytes. The
 * client package reads the length from whatever segment comes first, and gives the connection up where a segment ends
 * inside it; so it is handed whole frames alone.
 *
 * 1. However the bytes are cut, the same frames come out, each as soon as its last byte is there.
 * 2. A length that no answer has (negative, or over `ignite-frame-bytes`) is refused before anything is kept for it.
 */
import { bound } from '@leasehold/kernel';

const HEADER_BYTES = 4;
const FRAME_BYTES = bound('ignite-frame-bytes', 64 * 1024 * 1024);

/** @returns frames with their header. @throws RangeError for a length that cannot be one. */
export function createFrames(): (bytes: Buffer) => readonly Buffer[] {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wanted: number | undefined;
  const join = (): Buffer => {
    const [only] = held;
    const joined = held.length === 1 && only !== undefined ? only : Buffer.concat(held, heldBytes);
    held = [joined];
    return joined;
  };
  return (bytes) => {
    held.push(bytes);
    heldBytes += bytes.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (wanted === undefined && heldBytes >= HEADER_BYTES) wanted = frameBytes(join().readInt32LE(0));
      if (wanted === undefined || heldBytes < wanted) return frames;
      const joined = join();
      frames.push(joined.subarray(0, wanted));
      held = [joined.subarray(wanted)];
      heldBytes -= wanted;
      wanted = undefined;
    }
  };
}

function frameBytes(length: number): number {
  if (length < 0 || length > FRAME_BYTES.value) throw new RangeError(`a frame of ${length} bytes is none`);
  return HEADER_BYTES + length;
}
