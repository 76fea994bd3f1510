/** A fenced code block. */
export interface Fence {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** `file=a.ts` after the language, as `{ file: "a.ts" }`; a bare word is `true`. */
  readonly attributes: Readonly<Record<string, string | true>>;
  /** The block's lines without the fence's own indentation, each ending in a newline. */
  readonly text: string;
  /** Place of the text in the document: from the line after the opening fence to the closing fence. */
  readonly start: number;
  readonly end: number;
}

/** The fenced code blocks of a document. @throws {Error} for a fence that is never closed. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let at = 0;
  let line = 0;
  let open: { indent: string; marks: string; info: string; line: number; start: number } | undefined;
  for (const text of markdown.split("\n")) {
    line++;
    const [, indent = "", marks = "", info = ""] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(text) ?? [];
    if (open === undefined && marks !== "") open = { indent, marks, info, line, start: at + text.length + 1 };
    else if (open !== undefined && marks.startsWith(open.marks) && info.trim() === "") {
      fences.push(toFence(open, markdown.slice(open.start, at), at));
      open = undefined;
    }
    at += text.length + 1;
  }
  if (open !== undefined) throw new Error(`the code block of line ${open.line} is never closed`);
  return fences;
}

function toFence(
  open: { indent: string; info: string; line: number; start: number },
  text: string,
  end: number,
): Fence {
  const [language = "", ...words] = open.info.split(/\s+/);
  const attributes = words.filter(Boolean).map((word) => {
    const [name = "", value] = word.split("=", 2);
    return [name, value ?? true] as const;
  });
  return {
    line: open.line,
    language,
    attributes: Object.fromEntries(attributes),
    text: text
      .split("\n")
      .map((line) => (line.startsWith(open.indent) ? line.slice(open.indent.length) : line))
      .join("\n"),
    start: open.start,
    end,
  };
}

/** The document with its code blocks and comments blanked, for patterns that match prose. Line numbers stay the same. */
export function proseOf(markdown: string): string {
  let prose = markdown;
  const blank = (start: number, end: number) => {
    prose = prose.slice(0, start) + prose.slice(start, end).replace(/[^\n]/g, " ") + prose.slice(end);
  };
  for (const { start, end } of fencesOf(markdown)) blank(start, end);
  for (const { index, 0: comment } of prose.matchAll(/<!--.*?-->/gs)) blank(index, index + comment.length);
  return prose;
}

/** The text of every inline code span. */
export function inlineCode(markdown: string): readonly { readonly line: number; readonly text: string }[] {
  const prose = withoutFenceLines(markdown);
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map((match) => ({
    line: prose.slice(0, match.index).split("\n").length,
    text: (match[1] as string).replace(/\s+/g, " ").trim(),
  }));
}

/** Targets of inline links and images. */
export function linksOf(markdown: string): readonly { readonly line: number; readonly target: string }[] {
  const prose = withoutFenceLines(markdown).replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, " "));
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => ({
    line: prose.slice(0, match.index).split("\n").length,
    target: match[1] as string,
  }));
}

/** The ids of headings, as GitHub generates them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutFenceLines(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function withoutFenceLines(markdown: string): string {
  return proseOf(markdown).replace(/^\s*(`{3,}|~{3,}).*$/gm, "");
}
