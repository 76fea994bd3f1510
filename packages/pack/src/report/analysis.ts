import { relative } from "node:path";
import { formatBytes, sum } from "../budget/check-budget.ts";
import type { Bundle } from "../bundle/bundle.ts";
import { inputFiles } from "../bundle/metafile.ts";
import { slashed } from "../files/artefact-file.ts";
import type { WeighedFile } from "../files/content.ts";
import { packageOfFile } from "../project/installed-packages.ts";

/** A box of the treemap: a leaf with bytes, or a name for its parts. */
export interface Area {
  readonly name: string;
  readonly bytes: number;
  readonly parts: readonly Area[];
  /** Why it is in the artefact. */
  readonly why?: string | undefined;
}

/** The bundle, its file in the artefact, and the folder that the names of its sources are relative to. */
export interface Bundled {
  readonly bundleFile: string;
  readonly bundle: Bundle;
  readonly root: string;
}

/** A file of the artefact, for the list. */
export type Listed = Pick<WeighedFile, "group" | "path" | "bytes" | "origin">;

/** The files of an artefact by group; the bundle by package, and each package by source file. */
export function toArea(title: string, files: readonly Listed[], bundled: Bundled): Area {
  const toPart = (file: Listed): Area =>
    file.path === bundled.bundleFile ? bundleArea(file, bundled) : leaf(file.path, file.bytes, file.origin);
  const groups = [...Map.groupBy(files, ({ group }) => group)];
  return area(
    title,
    groups.map(([group, listed]) => area(group, listed.map(toPart))),
  );
}

function bundleArea({ path, bytes }: Listed, { bundle: { metafile }, root }: Bundled): Area {
  const { inputs = {} } = Object.values(metafile.outputs).find(({ inputs }) => Object.keys(inputs).length > 0) ?? {};
  const sources = Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([input, { bytesInOutput }]) => {
      const { owner, name } = sourceOf(input, root);
      return { owner, source: leaf(name, bytesInOutput, importers(input, metafile.inputs)) };
    });
  const parts = [...Map.groupBy(sources, ({ owner }) => owner)].map(([owner, group]) =>
    area(
      owner,
      group.map(({ source }) => source),
    ),
  );
  const rest = bytes - sum(parts);
  return area(path, rest > 0 ? [...parts, leaf("the bundler's own helpers", rest, undefined)] : parts);
}

/** The package of a module, and the module's path in the package. */
function sourceOf(input: string, root: string): { readonly owner: string; readonly name: string } {
  const [file] = inputFiles([input], root);
  const owner = file === undefined ? undefined : packageOfFile(file);
  if (file === undefined || owner === undefined) return { owner: "made by the build", name: input };
  const name = slashed(relative(owner.folder, file));
  return { owner: owner.folder === root ? "your code" : `${owner.name}@${owner.version}`, name };
}

/** The first three modules that import a source file. */
function importers(input: string, inputs: Bundle["metafile"]["inputs"]): string | undefined {
  const by = Object.keys(inputs).filter((from) => inputs[from]?.imports.some(({ path }) => path === input));
  if (by.length === 0) return undefined;
  return `imported by ${by.slice(0, 3).join(", ")}${by.length > 3 ? ` and ${by.length - 3} more` : ""}`;
}

function leaf(name: string, bytes: number, why: string | undefined): Area {
  return { name, bytes, parts: [], why };
}

function area(name: string, parts: readonly Area[]): Area {
  const sorted = [...parts].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return { name, bytes: sum(sorted), parts: sorted };
}

const SHOWN = 12;

/** An indented list, largest first. */
export function renderText({ name, bytes, parts }: Area): string {
  const line = (bytes: number, depth: number, text: string) =>
    `${formatBytes(bytes).padStart(9)}  ${"  ".repeat(depth)}${text}`;
  const walk = (list: readonly Area[], depth: number): string[] => {
    const lines = list.slice(0, SHOWN).flatMap((part) => {
      const why = part.why === undefined ? "" : `  (${part.why})`;
      return [line(part.bytes, depth, `${part.name}${why}`), ...walk(part.parts, depth + 1)];
    });
    const rest = list.slice(SHOWN);
    return rest.length === 0 ? lines : [...lines, line(sum(rest), depth, `${rest.length} more`)];
  };
  return [`${name}: ${formatBytes(bytes)}`, ...walk(parts, 0)].join("\n");
}
