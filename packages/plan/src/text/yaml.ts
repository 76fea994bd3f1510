import { Document, isPair, isScalar, isSeq, type Node, Scalar, stringify, visit } from "yaml";

const ENTRY_WIDTH = 88;
const ITEM_WIDTH = 112;

export interface YamlOptions {
  /** Lines above the document, without the `#`. */
  readonly head?: readonly string[];
  /** A line above a key of the document. */
  readonly comments?: Readonly<Record<string, string>>;
  /** Whether a blank line stands above a key, by the keys that lead to it and its position among its siblings. */
  readonly apart?: (path: readonly string[], position: number) => boolean;
}

/**
 * A document as a person would write it: a list or a map that fits on one line is on one line, and quotes stand only where a
 * reader of YAML 1.1 or 1.2 needs them. Keys that are `undefined` are left out.
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
      // What stands apart from its siblings takes a line for each of its keys.
      const isApart = path.length === 1 || (isPair(path.at(-1)) && apart(keysOf(path), 1));
      if (isApart || !fitsOnLine(node, path)) return undefined;
      node.flow = true;
      visit(node, { Scalar: (_key, scalar) => quoteColon(scalar) });
      return visit.SKIP;
    },
  });
  // A text of several lines is quoted: a block of spaces and line ends would lose some of them.
  const notes = head.map((line) => `#${line === "" ? "" : ` ${line}`}\n`).join("");
  return notes + document.toString({ lineWidth: 0, blockQuote: false });
}

/** Readers of YAML 1.1 stop at a colon inside a plain text of a flow collection. */
function quoteColon(scalar: Scalar): void {
  if (typeof scalar.value === "string" && /(?<!:):(?!:)/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
}

type Path = readonly unknown[];

function keysOf(path: Path): readonly string[] {
  return path.filter(isPair).map(({ key }) => String(key));
}

/** Of objects in objects, only the inner ones are on one line; text with a variable of Serverless stands on its own. */
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
