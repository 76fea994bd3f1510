import type { ObjectInfo } from "../../object-store.ts";

export interface Page {
  readonly blobs: readonly ObjectInfo[];
  /** Empty on the last page. */
  readonly marker: string;
}

/** Reads a page of "List Blobs": learn.microsoft.com/rest/api/storageservices/list-blobs */
export function parseBlobList(xml: string): Page {
  const blobs = [...xml.matchAll(/<Blob>(.*?)<\/Blob>/gs)].map(([, blob = ""]) => ({
    key: element(blob, "Name"),
    size: Number(element(blob, "Content-Length")),
    tag: quoted(element(blob, "Etag")),
    modified: Date.parse(element(blob, "Last-Modified")),
  }));
  return { blobs, marker: element(xml, "NextMarker") };
}

function element(xml: string, name: string): string {
  const [, attributes = "", text = ""] = new RegExp(`<${name}((?: [^>]*)?)>([^<]*)</${name}>`, "s").exec(xml) ?? [];
  const value = decodeEntities(text);
  // Names with characters that XML cannot hold are sent percent-encoded.
  return attributes.includes('Encoded="true"') ? decodeURIComponent(value) : value;
}

/** The list leaves out the quotes that the header has. */
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
