/**
 * Which addresses a process listens on, read from /proc, so that the bring-up itself shows that nothing of the stack can
 * be reached from outside the machine.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

export interface Listener {
  /** The address as the kernel prints it, in hexadecimal. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Listening sockets in the text of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): readonly Listener[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return { address, port: Number.parseInt(port, 16), inode: fields[9] ?? '' };
    });
}

/** 127.0.0.0/8 and ::1, also as IPv4 in IPv6, in the kernel's order of bytes. */
export const isLoopback = (address: string): boolean =>
  /^[0-9A-F]{6}7F$/.test(address) ||
  address === '00000000000000000000000001000000' ||
  /^0000000000000000FFFF0000[0-9A-F]{6}7F$/.test(address);

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

export function listenersOf(pid: number): readonly Listener[] {
  const folder = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(folder)
      .map((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`))?.[1])
      .filter((inode) => inode !== undefined),
  );
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => parseListeners(textOf(path)))
    .filter((listener) => inodes.has(listener.inode));
}
