/** A file made from code. Generators return these, and use neither disk, clock nor environment. */
export interface GeneratedFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export type Generator = () => readonly GeneratedFile[];

/** The first line of every generated page. */
export function markdownHead(source: string): string {
  return `<!-- Made by "npm run gen" from ${source}; change that and run it again. -->`;
}

/** A Markdown table; a `|` inside a cell is escaped. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)].join("\n");
}

/** A fenced code block. */
export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
