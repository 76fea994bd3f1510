/** Formats rows under a header, in aligned columns. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return align([header, ...rows]);
}

/** Formats rows in columns that are as wide as their widest cell, with two spaces between them. */
export function align(rows: readonly (readonly string[])[]): string {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => widthOf(column));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Formats 62513 as `62.5 kB`. Units are decimal. */
export function formatBytes(bytes: number, units: readonly string[] = ["B", "kB", "MB", "GB", "TB"]): string {
  const [unit = "B", ...larger] = units;
  if (bytes >= 999.5 && larger.length > 0) return formatBytes(bytes / 1000, larger);
  return `${unit === "B" || bytes >= 99.95 ? Math.round(bytes) : bytes.toFixed(1)} ${unit}`;
}

/** Formats a time to the minute, in UTC: `2026-05-01 12:00`. */
export function formatTime(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

/** Formats pairs as `a=1 b=2`. */
export function formatPairs(pairs: Readonly<Record<string, unknown>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
