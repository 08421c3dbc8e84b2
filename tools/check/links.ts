/**
 * Links between documents: every relative link in a Markdown file leads to a file of the tree, and to a heading in it where it
 * names one.
 *
 * K1. Links to the web are not followed: a check must not depend on the network.
 * K2. What stands in code is no link.
 */
import { posix } from 'node:path';
import type { Finding, SourceFile } from './finding.ts';

const CODE = /```[\s\S]*?```|`[^`\n]*`/g;
const LINK = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;

/** A heading as GitHub names it in links. */
const slug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

function slugs(text: string): ReadonlySet<string> {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  return new Set([...headings].map((match) => slug(match[1] as string)));
}

/** @param exists whether a path is in the tree, as a file or as a folder. */
export function linkFindings(documents: readonly SourceFile[], exists: (path: string) => boolean): readonly Finding[] {
  const anchors = new Map(documents.map((file) => [file.path, slugs(file.text)]));
  return documents.flatMap((file) => {
    const text = file.text.replace(CODE, (code) => code.replace(/[^\n]/g, ' '));
    return [...text.matchAll(LINK)].flatMap((match) => {
      const target = match[1] as string;
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
      const line = text.slice(0, match.index).split('\n').length;
      const [path = '', anchor] = decodeURI(target).split('#');
      const full =
        path === '' ? file.path : posix.normalize(posix.join(posix.dirname(file.path), path)).replace(/\/$/, '');
      if (!exists(full)) return [{ path: file.path, line, message: `links to ${target}, which is not there` }];
      const known = anchors.get(full);
      if (anchor === undefined || known === undefined || known.has(anchor)) return [];
      return [{ path: file.path, line, message: `links to ${target}, and there is no such heading` }];
    });
  });
}
