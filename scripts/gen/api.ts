import { join } from "node:path";
import { exportsOf } from "../check/module-exports.ts";
import { workspacePackages } from "../check/repository.ts";
import { fenced, type GeneratedFile, markdownHead } from "./generated-file.ts";

/** Every name that a package exports, so that reviews show changes of the public interface. */
export function apiReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("the exports of packages/*/package.json"),
    "# Exports",
    "The exports of each package, by import path. Your editor shows the types with their comments; the guides show their use.",
    ...exportPaths().map(({ specifier, source }) => section(specifier, source)),
  ].join("\n\n");
  return [{ path: "docs/reference/api.md", text: `${text}\n` }];
}

export interface ExportPath {
  /** `@tricast/core/adapter`. */
  readonly specifier: string;
  /** Absolute. */
  readonly source: string;
  /** Whether `import "PACKAGE"` finds it. */
  readonly isMain: boolean;
}

/** The modules that users can import, JSON files left out. */
export function exportPaths(): readonly ExportPath[] {
  return workspacePackages().flatMap(({ path, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
      const source = typeof target === "string" ? undefined : target["@tricast/source"];
      if (source === undefined) return [];
      return [{ specifier: manifest.name + subpath.slice(1), source: join(path, source), isMain: subpath === "." }];
    }),
  );
}

function section(specifier: string, source: string): string {
  const names = [...exportsOf(source)].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = names.map(([name, kind]) => `${kind.padEnd(9)} ${name}`);
  return `## ${specifier}\n\n${fenced("text", lines.join("\n"))}`;
}
