import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOnly } from "./scan-code.ts";

export type ExportKind = "function" | "class" | "const" | "interface" | "type" | "enum";

const REEXPORT = /^export\s+(type\s+)?(?:(\*)|\{([^}]*)\})\s*from\s*"(\.[^"]+)";/gm;
const DECLARATION =
  /^export\s+(?:async\s+|abstract\s+|declare\s+)*(function|class|const|interface|type|enum)\*?\s+([\w$]+)/gm;

/**
 * The exports of a TypeScript module, each with its kind, read from the sources without a compiler.
 * @throws {Error} for an unknown form of export.
 */
export function exportsOf(file: string): ReadonlyMap<string, ExportKind> {
  const code = codeOnly(readFileSync(file, "utf8"));
  const reexports = [...code.matchAll(REEXPORT)];
  const declarations = [...code.matchAll(DECLARATION)];
  const statements = code.match(/^export\b/gm)?.length ?? 0;
  if (reexports.length + declarations.length !== statements) {
    throw new Error(
      `${file} has an unknown form of export; use a declaration, { names }, or * from a file of the package`,
    );
  }
  const names = new Map<string, ExportKind>();
  for (const [, kind, name] of declarations) names.set(name as string, kind as ExportKind);
  for (const [, typeOnly, star, list = "", path = ""] of reexports) {
    const source = exportsOf(join(dirname(file), path));
    for (const { name, as, isType } of star === undefined ? namesIn(list) : [...source.keys()].map(unchanged)) {
      const kind = source.get(name);
      if (kind === undefined) throw new Error(`${file} exports ${name} from ${path}, which does not export it`);
      names.set(as, (typeOnly !== undefined || isType) && kind !== "interface" ? "type" : kind);
    }
  }
  return names;
}

interface Reexported {
  readonly name: string;
  readonly as: string;
  readonly isType: boolean;
}

function unchanged(name: string): Reexported {
  return { name, as: name, isType: false };
}

/** `a`, `type B`, `c as d`, between commas. */
function namesIn(list: string): Reexported[] {
  return list.split(",").flatMap((item) => {
    const [, type, name, as] = /^\s*(type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(item) ?? [];
    return name === undefined ? [] : [{ name, as: as ?? name, isType: type !== undefined }];
  });
}

/** Whether an export of this kind exists at run time. */
export function isValue(kind: ExportKind): boolean {
  return kind !== "interface" && kind !== "type";
}
