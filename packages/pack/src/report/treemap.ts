import { formatBytes } from "../budget/check-budget.ts";
import type { Area } from "./analyze.ts";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const PAGE: Box = { x: 0, y: 0, width: 1600, height: 900 };
/** The runtime fills nearly all of the first map, so that there is little to be seen in it. */
const STRIP: Box = { ...PAGE, height: 160 };
const HEADER = 18;
const COLOURS = ["#dbe9f6", "#e3f1dc", "#fbe8d3", "#eee3f3", "#f8dede", "#e0f0ef"];

/**
 * A page with a treemap of the artefact, and one of what is in it besides the runtime, which would leave nothing of the
 * rest to be seen: no script, nothing from the network; hovering tells each file.
 */
export function renderTreemap(area: Area): string {
  const title = escapeHtml(`${area.name}: ${formatBytes(area.bytes)}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>
body { margin: 16px; font: 14px system-ui, sans-serif; }
h1 { font-size: 18px; }
h2 { font-size: 15px; }
svg { width: 100%; height: auto; }
rect { stroke: #fff; }
text { font-size: 12px; pointer-events: none; }
</style>
<h1>${title}</h1>
${drawMap(area, "Everything", STRIP)}
${drawMap(withoutRuntime(area), "Without the runtime", PAGE)}
</html>
`;
}

function drawMap(area: Area, caption: string, box: Box): string {
  const title = escapeHtml(`${caption}: ${formatBytes(area.bytes)}`);
  return `<h2>${title}</h2>
<svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${title}">
${drawParts(area, box, 0, "")}
</svg>`;
}

function withoutRuntime({ name, parts }: Area): Area {
  const rest = parts.filter((part) => part.name !== "runtime");
  return { name, bytes: weigh(rest), parts: rest };
}

function drawParts(area: Area, box: Box, depth: number, path: string): string {
  return layOut(area.parts, box)
    .map(({ part, box }, index) => draw(part, box, depth, path, index))
    .join("\n");
}

function draw(part: Area, box: Box, depth: number, path: string, index: number): string {
  const full = path === "" ? part.name : `${path} / ${part.name}`;
  const why = part.why === undefined ? "" : `\n${part.why}`;
  const colour = COLOURS[(depth === 0 ? index : depth + index) % COLOURS.length];
  const rectangle = `<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" fill="${colour}"><title>${escapeHtml(`${full}: ${formatBytes(part.bytes)}${why}`)}</title></rect>`;
  const label = labelFor(part, box);
  const inner = { x: box.x + 2, y: box.y + HEADER, width: box.width - 4, height: box.height - HEADER - 2 };
  const hasRoom = inner.width > 4 && inner.height > 4;
  return [rectangle, label, hasRoom ? drawParts(part, inner, depth + 1, full) : ""]
    .filter((text) => text !== "")
    .join("\n");
}

function labelFor(part: Area, { x, y, width, height }: Box): string {
  const letters = Math.floor((width - 8) / 7);
  if (height < HEADER || letters < 4) return "";
  const text = fitting(part, letters);
  return `<text x="${round(x + 4)}" y="${round(y + 13)}">${escapeHtml(text)}</text>`;
}

/** As much as there is room for; the end of a path says more than its beginning. */
function fitting({ name, bytes, parts }: Area, letters: number): string {
  const short = parts.length > 0 ? name : name.slice(name.lastIndexOf("/") + 1);
  const size = formatBytes(bytes);
  const found = [`${name} ${size}`, `${short} ${size}`, short].find((text) => text.length <= letters);
  return found ?? `${short.slice(0, letters - 1)}…`;
}

interface Placed {
  readonly part: Area;
  readonly box: Box;
}

/** Halves of about equal weight, cut across the longer side: near to squares, and stable when sizes change a little. */
function layOut(parts: readonly Area[], box: Box): Placed[] {
  const [first] = parts;
  if (first === undefined) return [];
  if (parts.length === 1) return [{ part: first, box }];
  const total = weigh(parts);
  let count = 1;
  let weight = first.bytes;
  while (count < parts.length - 1 && weight + (parts[count]?.bytes ?? 0) / 2 < total / 2)
    weight += parts[count++]?.bytes ?? 0;
  const share = total === 0 ? count / parts.length : weight / total;
  const [left, right] = cut(box, share);
  return [...layOut(parts.slice(0, count), left), ...layOut(parts.slice(count), right)];
}

function cut({ x, y, width, height }: Box, share: number): readonly [Box, Box] {
  if (width >= height) {
    const first = width * share;
    return [
      { x, y, width: first, height },
      { x: x + first, y, width: width - first, height },
    ];
  }
  const first = height * share;
  return [
    { x, y, width, height: first },
    { x, y: y + first, width, height: height - first },
  ];
}

function weigh(parts: readonly Area[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}

function round(value: number): string {
  return Math.max(0, value).toFixed(1);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
