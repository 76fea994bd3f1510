import { codeOnly } from "../../../scripts/check/scan-code.ts";

/** Wording that readers of plain technical English trip over, each with what to write instead. */
export const HARD_TO_READ: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\b(?:is|are|was|were) no (?!longer|more\b|less\b|larger|smaller)[a-z]/i, instead: "is not a" },
  { pattern: /\b(?:is|are|was|were) none\b/i, instead: "is not one of, does not exist, is empty" },
  { pattern: /\bno[bt] one of (?:them|these) is\b/i, instead: "none of them" },
  { pattern: /\bnobody\b/i, instead: "no one, or name the person" },
  { pattern: /\bwhoever\b/i, instead: "name who: the caller, users" },
  { pattern: /\bwhat there is\b/i, instead: "name the thing" },
  { pattern: /\bsuch an? one\b/i, instead: "repeat the noun" },
  { pattern: /\b(?:stand|stands|stood) (?:for|in|beside|at|on|under|before)\b/i, instead: "is, replaces, is next to" },
  { pattern: /\btold\b/i, instead: "reported, named" },
  { pattern: /\btells?\b/i, instead: "reports, shows, says which" },
  { pattern: /\bsays? that\b/i, instead: "reports, shows" },
  { pattern: /\b(?:come|comes|came) to (?!life)/i, instead: "reaches, becomes" },
  { pattern: /\bgiven to\b/i, instead: "passed to" },
  { pattern: /\bshall\b/i, instead: "must" },
  { pattern: /\bby itself\b/i, instead: "alone, automatically" },
  { pattern: /\bto be had\b/i, instead: "available" },
];

/** One sentence or line of prose that has a wording of {@link HARD_TO_READ}. */
export interface HardProse {
  readonly line: number;
  readonly text: string;
  readonly instead: string;
}

/** What is hard to read in the comments and messages of a TypeScript file, or in the text of a Markdown file. */
export function findHardProse(path: string, content: string): readonly HardProse[] {
  const prose = path.endsWith(".md") ? textOfMarkdown(content) : commentsAndMessages(content);
  return prose.flatMap(({ line, text }) =>
    HARD_TO_READ.filter(({ pattern }) => pattern.test(text)).map(({ instead }) => ({
      line,
      text: text.trim(),
      instead,
    })),
  );
}

interface ProseLine {
  readonly line: number;
  readonly text: string;
}

/** Without code blocks, inline code and addresses. */
function textOfMarkdown(content: string): readonly ProseLine[] {
  let fence = "";
  return content.split("\n").flatMap((whole, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(whole)?.[1];
    if (mark !== undefined && (fence === "" || mark.startsWith(fence))) {
      fence = fence === "" ? mark : "";
      return [];
    }
    const text = whole.replace(/`[^`]*`/g, "x").replace(/\]\([^)]*\)/g, "]");
    return fence === "" ? [{ line: index + 1, text }] : [];
  });
}

/** What is not code: comments, and strings and templates of at least three words. */
function commentsAndMessages(source: string): readonly ProseLine[] {
  const withoutComments = codeOnly(source, { keepTemplates: true });
  return source.split("\n").flatMap((whole, index) => {
    const code = withoutComments.split("\n")[index] ?? "";
    return [commentOf(whole, code), ...messagesOf(code)].map((text) => ({ line: index + 1, text }));
  });
}

function commentOf(whole: string, code: string): string {
  return [...whole].map((char, at) => (code[at] === char ? " " : char)).join("");
}

function messagesOf(code: string): readonly string[] {
  return [...code.matchAll(/"[^"]*"|`[^`]*`/g)].map(([text]) => text).filter((text) => text.split(" ").length > 2);
}
