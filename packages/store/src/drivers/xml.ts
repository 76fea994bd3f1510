import type { ObjectInfo } from "../object-store.ts";

/** The elements of a cloud's list of objects. */
export interface ListElements {
  /** The element of one object. */
  readonly object: string;
  /** The elements in it: key, size, tag and time of change. */
  readonly facts: readonly [key: string, size: string, tag: string, modified: string];
  /** Present if another page follows. */
  readonly next: string;
}

export interface Page {
  readonly objects: readonly ObjectInfo[];
  /** Names the next page; empty on the last. */
  readonly next: string;
}

export function parseList(xml: string, { object, facts, next }: ListElements): Page {
  const [key, size, tag, modified] = facts;
  const objects = [...xml.matchAll(new RegExp(`<${object}>(.*?)</${object}>`, "gs"))].map(([, one = ""]) => ({
    key: elementOf(one, key),
    size: Number(elementOf(one, size)),
    tag: quoted(elementOf(one, tag)),
    modified: Date.parse(elementOf(one, modified)),
  }));
  return { objects, next: elementOf(xml, next) };
}

/** The text of the first element of this name; empty if the document has no such element. */
export function elementOf(xml: string, name: string): string {
  const [, attributes = "", text = ""] = new RegExp(`<${name}((?: [^>]*)?)>([^<]*)</${name}>`, "s").exec(xml) ?? [];
  const value = decodeEntities(text);
  // Azure percent-encodes names with characters that XML does not allow.
  return attributes.includes('Encoded="true"') ? decodeURIComponent(value) : value;
}

/** Azure's lists leave out the quotes that the header has. */
function quoted(tag: string): string {
  return tag.startsWith('"') ? tag : `"${tag}"`;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
