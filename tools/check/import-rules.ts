/**
 * The import rules as our own scan sees them: every import of every source file against the layer table. Biome enforces most
 * of it too; the scan adds what globs cannot say (paths that leave a package, namespace and dynamic imports of adapters).
 *
 * M1. Every source file belongs to a zone: a new folder is put into the table before it is used.
 */
import { importsOf } from '../layers/imports-of.ts';
import { refusal, zoneOf } from '../layers/zone-of.ts';
import type { Finding, SourceFile } from './finding.ts';

export function importFindings(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap((file) => {
    const zone = zoneOf(file.path);
    if (zone === undefined) return [{ path: file.path, message: 'is in no zone of tools/layers/table.ts' }];
    return importsOf(file.text).flatMap((found) => {
      const message = refusal(zone, file.path, found);
      return message === undefined ? [] : [{ path: file.path, line: found.line, message }];
    });
  });
}
