import { relative, sep } from "node:path";
import { formatBytes } from "../budget/check-budget.ts";
import type { Bundle } from "../bundle/bundle.ts";
import { inputFiles } from "../bundle/metafile.ts";
import { packageOfFile } from "../project/installed-packages.ts";

/** A box of the treemap: a leaf with bytes, or a name for what is in it. */
export interface Area {
  readonly name: string;
  readonly bytes: number;
  readonly parts: readonly Area[];
  /** Why it is there. */
  readonly why?: string | undefined;
}

/** The bundle, its file in the artefact, and the folder that its sources are named relative to. */
export interface Bundled {
  readonly bundleFile: string;
  readonly bundle: Bundle;
  readonly root: string;
}

/** A file of the artefact, for the list. */
export interface Listed {
  readonly group: string;
  readonly path: string;
  readonly bytes: number;
  readonly origin: string;
}

/** What is in an artefact, by group; the bundle by package, and each package by source file. */
export function toArea(title: string, files: readonly Listed[], bundled: Bundled): Area {
  const groups = [...new Set(files.map(({ group }) => group))].sort();
  const parts = groups.map((group) =>
    area(
      group,
      files
        .filter((file) => file.group === group)
        .map((file) =>
          file.path === bundled.bundleFile ? bundleArea(file, bundled) : leaf(file.path, file.bytes, file.origin),
        ),
    ),
  );
  return area(title, parts);
}

function bundleArea({ path, bytes }: Listed, { bundle: { metafile }, root }: Bundled): Area {
  const output = Object.values(metafile.outputs).find(({ inputs }) => Object.keys(inputs).length > 0);
  const packages = new Map<string, Area[]>();
  for (const [input, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    if (bytesInOutput === 0) continue;
    const [file] = inputFiles([input], root);
    const owner = file === undefined ? undefined : packageOfFile(file);
    const name =
      owner === undefined
        ? "made by the build"
        : owner.folder === root
          ? "your code"
          : `${owner.name}@${owner.version}`;
    const shown = file === undefined || owner === undefined ? input : relative(owner.folder, file).split(sep).join("/");
    packages.set(name, [...(packages.get(name) ?? []), leaf(shown, bytesInOutput, importers(input, metafile.inputs))]);
  }
  const parts = [...packages].map(([name, files]) => area(name, files));
  const rest = bytes - parts.reduce((total, part) => total + part.bytes, 0);
  return area(path, rest > 0 ? [...parts, leaf("the bundler's own helpers", rest, undefined)] : parts);
}

/** The first few modules that import a source file. */
function importers(input: string, inputs: Bundle["metafile"]["inputs"]): string | undefined {
  const by = Object.entries(inputs).flatMap(([from, { imports }]) =>
    imports.some(({ path }) => path === input) ? [from] : [],
  );
  return by.length === 0
    ? undefined
    : `imported by ${by.slice(0, 3).join(", ")}${by.length > 3 ? ` and ${by.length - 3} more` : ""}`;
}

function leaf(name: string, bytes: number, why: string | undefined): Area {
  return { name, bytes, parts: [], why };
}

function area(name: string, parts: readonly Area[]): Area {
  const sorted = [...parts].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return { name, bytes: sorted.reduce((total, part) => total + part.bytes, 0), parts: sorted };
}

const SHOWN = 12;

/** An indented list, largest first. */
export function renderText({ name, bytes, parts }: Area): string {
  const lines = [`${name}: ${formatBytes(bytes)}`];
  const walk = (list: readonly Area[], depth: number): void => {
    for (const part of list.slice(0, SHOWN)) {
      const why = part.why === undefined ? "" : `  (${part.why})`;
      lines.push(`${formatBytes(part.bytes).padStart(9)}  ${"  ".repeat(depth)}${part.name}${why}`);
      walk(part.parts, depth + 1);
    }
    if (list.length <= SHOWN) return;
    const rest = list.slice(SHOWN);
    const total = rest.reduce((bytesSoFar, part) => bytesSoFar + part.bytes, 0);
    lines.push(`${formatBytes(total).padStart(9)}  ${"  ".repeat(depth)}${rest.length} more`);
  };
  walk(parts, 0);
  return lines.join("\n");
}
