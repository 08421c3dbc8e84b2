/**
 * XML as a tree, for what is read, changed and written back: lifecycle rules of others. Names lose their namespace's prefix,
 * comments and attributes go, for S3 says nothing by them; text stays to the letter. Pure.
 */
import { escapeXml, unescapeXml } from './xml.ts';

export interface Node {
  readonly name: string;
  /** Its own; of no interest where there are children. */
  readonly text: string;
  readonly children: readonly Node[];
}

interface Open {
  readonly name: string;
  readonly children: Node[];
  text: string;
}

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<[?!][^>]*>|<\/[^>]*>|<(?:[\w.-]+:)?([\w.-]+)(?:\s[^>]*?)?(\/?)>|([^<]+)/g;

/** @returns the root; undefined where there is none. */
export function parseXml(xml: string): Node | undefined {
  const root: Open = { name: '', text: '', children: [] };
  const open: Open[] = [root];
  for (const [token, cdata, name, isClosed, text] of xml.matchAll(TOKEN)) {
    const top = open.at(-1) ?? root;
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += unescapeXml(text);
    else if (token.startsWith('</')) {
      if (open.length > 1) open.pop();
    } else if (name !== undefined) {
      const element: Open = { name, text: '', children: [] };
      top.children.push(element);
      if (isClosed === '') open.push(element);
    }
  }
  return root.children[0];
}

export function writeXml({ name, text, children }: Node): string {
  const inner = children.length > 0 ? children.map(writeXml).join('') : escapeXml(text);
  return `<${name}>${inner}</${name}>`;
}

export const node = (name: string, content: string | readonly Node[]): Node =>
  typeof content === 'string' ? { name, text: content, children: [] } : { name, text: '', children: content };

export const childOf = (parent: Node | undefined, name: string): Node | undefined =>
  parent?.children.find((child) => child.name === name);

/** The text of what lies at the end of the path; undefined where nothing does. */
export const textAt = (parent: Node | undefined, ...path: readonly string[]): string | undefined =>
  path.reduce(childOf, parent)?.text;
