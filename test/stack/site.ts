/**
 * A server's site: its secrets and ports put together with the engine's layout, and its files written out. Any process
 * that can read the server's folder and the state file makes the same site.
 *
 * 1. The folder is readable by its owner alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@leasehold/kernel';
import type { ServerDefinition, Site } from './definition.ts';
import type { Layout } from './engine.ts';
import { goFiles } from './golang.ts';
import { type Places, serverFolder } from './places.ts';

const PROBE_SITE = { conf: '/conf', data: '/data', bind: '127.0.0.1' };

/** What a running server was made from; equal digests mean that it can be used as it is. */
export function definitionDigest(definition: ServerDefinition): string {
  const ports = Object.fromEntries(definition.ports.map((name, index) => [name, index + 1]));
  const secrets = Object.fromEntries(Object.keys(definition.secrets()).map((name) => [name, 'AAAA']));
  const site = { ...PROBE_SITE, ports, secrets };
  const files = definition.files(site).map((file) => [file.name, Buffer.from(file.content).toString('base64')]);
  const { name, version, program } = definition;
  const pins = program.kind === 'maven' ? [program.pom] : goFiles(program).map((file) => join(program.folder, file));
  const pinned = pins.map((file) => readFileSync(file, 'utf8'));
  const shape =
    program.kind === 'maven' ? { ...program, pom: '' } : { ...program, folder: '', buildMinutes: undefined };
  return digest({ name, version, shape, pinned, files, command: definition.command(site) });
}

/** The secrets of a server's present data, made when there are none. */
function ensureSecrets(definition: ServerDefinition, places: Places): Readonly<Record<string, string>> {
  const folder = serverFolder(places, definition.name);
  const file = join(folder, 'secrets.json');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(definition.secrets()), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

export function siteOf(
  definition: ServerDefinition,
  places: Places,
  layout: Layout,
  ports: Readonly<Record<string, number>>,
): Site {
  const { conf, data, bind } = layout;
  return { conf, data, bind, ports, secrets: ensureSecrets(definition, places) };
}

export const confFolder = (places: Places, server: string): string => join(serverFolder(places, server), 'conf');

export function writeFiles(definition: ServerDefinition, places: Places, layout: Layout, site: Site): void {
  const folder = confFolder(places, definition.name);
  mkdirSync(folder, { recursive: true, mode: layout.fileMode === 0o600 ? 0o700 : 0o755 });
  for (const file of definition.files(site))
    writeFileSync(join(folder, file.name), file.content, { mode: layout.fileMode });
}
