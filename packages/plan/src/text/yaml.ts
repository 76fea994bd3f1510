import { Document, isPair, isScalar, isSeq, type Node, Scalar, stringify, visit } from "yaml";

const ENTRY_WIDTH = 88;
const ITEM_WIDTH = 112;

export interface YamlOptions {
  /** Lines above the document, without the `#`. */
  readonly head?: readonly string[];
  /** A line above a key of the document. */
  readonly comments?: Readonly<Record<string, string>>;
  /** Whether a blank line comes before a key. @param path the keys that lead to it. @param position its position among its siblings. */
  readonly apart?: (path: readonly string[], position: number) => boolean;
}

/**
 * Writes a document that is easy to read: a list or a map that fits is on one line, and only text that YAML 1.1 or 1.2 would
 * read differently is quoted. Keys that are `undefined` are omitted.
 */
export function writeYaml(value: object, { head = [], comments = {}, apart = () => false }: YamlOptions = {}): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });
  visit(document, {
    Pair(position, { key }, path) {
      if (!isScalar(key)) return;
      const keys = [...keysOf(path), String(key.value)];
      key.spaceBefore = apart(keys, Number(position));
      const comment = keys.length === 1 ? comments[String(key.value)] : undefined;
      if (comment !== undefined) key.commentBefore = ` ${comment}`;
    },
    Collection(_position, node, path) {
      // A map with a blank line before it has a line for each key.
      const isApart = path.length === 1 || (isPair(path.at(-1)) && apart(keysOf(path), 1));
      if (isApart || !fitsOnLine(node, path)) return undefined;
      node.flow = true;
      visit(node, { Scalar: (_key, scalar) => quoteColon(scalar) });
      return visit.SKIP;
    },
  });
  // A text of several lines is quoted, because a block would lose some spaces and line ends.
  const notes = head.map((line) => `#${line === "" ? "" : ` ${line}`}\n`).join("");
  return notes + document.toString({ lineWidth: 0, blockQuote: false });
}

/** In a flow collection, readers of YAML 1.1 end a plain text at a colon. */
function quoteColon(scalar: Scalar): void {
  if (typeof scalar.value === "string" && /(?<!:):(?!:)/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
}

type Path = readonly unknown[];

function keysOf(path: Path): readonly string[] {
  return path.filter(isPair).map(({ key }) => String(key));
}

/** Of nested objects, only the inner ones are on one line. Text with a variable of Serverless has its own line. */
function fitsOnLine(node: Node, path: Path): boolean {
  const value: object = node.toJS(new Document());
  const text = JSON.stringify(value);
  if (text.includes("${") || text.includes("\\n")) return false;
  const members = Object.values(value);
  const indent = 2 * path.filter((above) => isPair(above) || isSeq(above)).length;
  const flow = stringify(value, { collectionStyle: "flow", lineWidth: 0 });
  if (isSeq(path.at(-1))) return (isSeq(node) || members.length !== 1) && flow.length + indent <= ITEM_WIDTH;
  const isFlat = members.every((member) => !isNested(member) || (Array.isArray(member) && !member.some(isNested)));
  return isFlat && flow.length + indent + (keysOf(path).at(-1)?.length ?? 0) <= ENTRY_WIDTH;
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
