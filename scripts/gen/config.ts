import { readText } from "../check/repository.ts";
import { type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";

const SOURCE = "packages/plan/src/config.ts";
/** In the order of the reference. */
const SOURCES = [SOURCE, "packages/plan/src/config/settings.ts", "packages/plan/src/config/targets.ts"];

export function configReference(): readonly GeneratedFile[] {
  const types = parseTypes(SOURCES.map((path) => readText(path) ?? "").join("\n"));
  const names = types.map(({ name }) => name);
  const text = [
    markdownHead(SOURCE),
    "# Configuration",
    "`tricast.config.ts` (or `.mts`, `.js`, `.mjs`, `.json`) exports a [`Config`](#config) as default; `defineConfig` of " +
      "`@tricast/plan` types it. An unknown key is refused with the nearest known one, and all problems are reported " +
      "together. `tricast plan` prints the resolved configuration.",
    "A setting can be at four levels, and the most specific one wins: `settings` (all), a target, a predictor, and a " +
      "predictor's `on` (one target). A stage overrides the document before the levels are merged. Objects merge key by " +
      "key. Other values are replaced, and so are a secret and the issuer of tokens.",
    ...types.flatMap((type) => section(type, names)),
  ].join("\n\n");
  return [{ path: "docs/reference/config.md", text: `${text}\n` }];
}

interface DocumentedType {
  readonly name: string;
  readonly extends: readonly string[];
  readonly doc: string;
  readonly members: readonly Member[];
}

interface Member {
  readonly name: string;
  readonly isRequired: boolean;
  readonly type: string;
  readonly doc: string;
}

const INTERFACE = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)?export interface (\w+)(?: extends ([\w, ]+))? \{\n(.*?)\n\}/gs;
const PICK = /\/\*\*((?:(?!\*\/).)*)\*\/\nexport type (\w+) = Pick<\s*Settings,([^>]*)>;/gs;
const MEMBER = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?readonly (\w+)(\?)?: ([^;]*?);\n/gs;
const UNION = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)?export type SecretReference =\n(.*?\});\n/s;
const ALTERNATIVE = /\/\*\*((?:(?!\*\/).)*)\*\/\s*\| \{ readonly (\w+): (\w+) \}/gs;

/** The interfaces of the source in their order, and the one union whose alternatives are keys. */
function parseTypes(source: string): readonly DocumentedType[] {
  const interfaces = [...source.matchAll(INTERFACE)].map(([, doc, name = "", bases, body = ""]) => ({
    name,
    extends: bases?.split(", ") ?? [],
    doc: prose(doc),
    members: [...`${body}\n`.matchAll(MEMBER)].map(([, doc, name = "", optional, type = ""]) => ({
      name,
      isRequired: optional === undefined,
      type: type.replace(/\s+/g, " ").replace(/^\| /, ""),
      doc: prose(doc),
    })),
  }));
  const union = UNION.exec(source);
  if (union === null || interfaces.length < 10) throw new Error(`${SOURCE} is not written as this generator reads it`);
  const members = [...(union[2] ?? "").matchAll(ALTERNATIVE)].map(([, doc, name = "", type = ""]) => ({
    name,
    isRequired: false,
    type,
    doc: prose(doc),
  }));
  const picks = [...source.matchAll(PICK)].map(([, doc, name = "", keys = ""]) => ({
    name,
    extends: [],
    doc: `${prose(doc)} Of ${link("Settings")} these keys: ${keysOf(keys)}.`,
    members: [],
  }));
  return [...interfaces, ...picks, { name: "SecretReference", extends: [], doc: prose(union[1]), members }];
}

/** `| "image" | "tags"` as a list in prose. */
function keysOf(union: string): string {
  return [...union.matchAll(/"(\w+)"/g)].map(([, key]) => `\`${key}\``).join(", ");
}

/** A comment as one paragraph, its links as code. */
function prose(comment = ""): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim());
  return lines
    .filter(Boolean)
    .join(" ")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}

function section({ name, extends: bases, doc, members }: DocumentedType, names: readonly string[]): readonly string[] {
  const inherited = bases.length === 0 ? "" : `Also every key of ${bases.map(link).join(" and ")}.`;
  const rows = members.map(({ name, isRequired, type, doc }) => [
    `\`${name}\`${isRequired ? " (required)" : ""}`,
    linkTypes(type, names),
    doc,
  ]);
  const about = [doc, inherited].filter(Boolean).join(" ");
  const table = rows.length === 0 ? [] : [markdownTable(["Key", "Type", "Meaning"], rows)];
  return [`## ${name}`, ...(about === "" ? [] : [about]), ...table];
}

function link(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

/** The type as code, and behind it links to the types that it names. */
function linkTypes(type: string, names: readonly string[]): string {
  if (names.includes(type)) return link(type);
  const named = names.filter((name) => new RegExp(`\\b${name}\\b`).test(type)).map(link);
  return [`\`${type}\``, ...named].join(" ");
}
