import type { Module } from "vite-bundle-analyzer";
import { formatBytes } from "../budget/check-budget.ts";
import type { Area } from "./analysis.ts";

/**
 * A page with a treemap of the artefact, which works offline: hovering shows the path of a box, its size and why it is in
 * the artefact. The runtime is left out, because it would cover nearly all of the map; the title has its size.
 */
export async function renderPage({ name, bytes, parts }: Area): Promise<string> {
  // Imported here, so that builds without `analyze` do not wait for it.
  const { renderView } = await import("vite-bundle-analyzer");
  const runtime = parts.find((part) => part.name === "runtime");
  const besides = runtime === undefined ? "" : ` with the runtime (${formatBytes(runtime.bytes)}), which is not drawn`;
  const drawn = parts.filter((part) => part !== runtime).map((part) => toModule(part, ""));
  return renderView(drawn, { title: `${name}: ${formatBytes(bytes)}${besides}`, mode: "stat" });
}

/**
 * A box as the analyzer takes it: the parts of an outermost box are its `source`, those of others their `groups`. It knows
 * several sizes of a box; all of ours are bytes in the artefact.
 */
function toModule({ name, bytes, parts, why }: Area, parent: string): Module {
  const isOutermost = parent === "";
  const path = isOutermost ? name : `${parent} / ${name}`;
  const inside = parts.map((part) => toModule(part, path));
  return {
    // The path of a file is shown when the pointer is over its box.
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
