import type { Module } from "vite-bundle-analyzer";
import { formatBytes } from "../budget/check-budget.ts";
import type { Area } from "./analysis.ts";

/**
 * A page with a treemap of the artefact, which works offline. Hovering over a box shows its path, its size and why it is in
 * the artefact. The map leaves out the runtime, which would cover nearly all of it. The title has the size of the runtime.
 */
export async function renderPage({ name, bytes, parts }: Area): Promise<string> {
  // Imported here, so that builds without `analyze` do not load it.
  const { renderView } = await import("vite-bundle-analyzer");
  const runtime = parts.find((part) => part.name === "runtime");
  const besides = runtime === undefined ? "" : ` with the runtime (${formatBytes(runtime.bytes)}), which is not drawn`;
  const drawn = parts.filter((part) => part !== runtime).map((part) => toModule(part, ""));
  return renderView(drawn, { title: `${name}: ${formatBytes(bytes)}${besides}`, mode: "stat" });
}

/**
 * A box in the analyzer's form: the parts of an outermost box are its `source`, the parts of others their `groups`. The form
 * has several sizes; each is the bytes in the artefact.
 */
function toModule({ name, bytes, parts, why }: Area, parent: string): Module {
  const isOutermost = parent === "";
  const path = isOutermost ? name : `${parent} / ${name}`;
  const inside = parts.map((part) => toModule(part, path));
  return {
    // Hovering shows the path of a file.
    label: parts.length === 0 ? name.slice(name.lastIndexOf("/") + 1) : name,
    filename: why === undefined ? path : `${path} (${why})`,
    isEntry: isOutermost,
    parsedSize: bytes,
    gzipSize: bytes,
    brotliSize: bytes,
    mapSize: 0,
    source: isOutermost ? inside : [],
    stats: [],
    groups: isOutermost ? [] : inside,
    imports: [],
  };
}
