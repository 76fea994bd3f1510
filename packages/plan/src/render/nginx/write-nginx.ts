/** `listen 80` without the semicolon, a comment with its `#`, or a block. */
export type Directive = string | Block;

export interface Block {
  /** `location /`. */
  readonly head: string;
  readonly body: readonly Directive[];
}

/** Nothing is escaped: the texts are fixed, or the configuration was checked for their form. */
export function block(head: string, ...body: readonly Directive[]): Block {
  return { head, body };
}

export function writeNginx(directives: readonly Directive[]): string {
  return `${writeAll(directives, "").join("\n")}\n`;
}

const INDENT = "  ";

/** A blank line comes before each block. */
function writeAll(directives: readonly Directive[], indent: string): string[] {
  return directives.flatMap((one, index) => {
    if (typeof one === "string") return [`${indent}${one}${one.startsWith("#") ? "" : ";"}`];
    const lines = [`${indent}${one.head} {`, ...writeAll(one.body, indent + INDENT), `${indent}}`];
    return index > 0 ? ["", ...lines] : lines;
  });
}
