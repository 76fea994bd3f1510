/** `name word word;`, a block in braces, or a comment. */
export type Directive =
  | { readonly kind: "directive"; readonly words: readonly string[]; readonly body: readonly Directive[] | undefined }
  | { readonly kind: "note"; readonly text: string };

/** Words go in as they are: they are ours, or of a shape that the configuration was held to. */
export function directive(name: string, words: readonly string[] = [], body?: readonly Directive[]): Directive {
  return { kind: "directive", words: [name, ...words], body };
}

export function note(text: string): Directive {
  return { kind: "note", text };
}

export function writeNginx(directives: readonly Directive[]): string {
  return `${writeAll(directives, "").join("\n")}\n`;
}

const INDENT = "  ";

/** Blocks stand apart from what is before them. */
function writeAll(directives: readonly Directive[], indent: string): string[] {
  return directives.flatMap((one, index) => {
    const isApart = one.kind === "directive" && one.body !== undefined && index > 0;
    return [...(isApart ? [""] : []), ...write(one, indent)];
  });
}

function write(one: Directive, indent: string): string[] {
  if (one.kind === "note") return [`${indent}# ${one.text}`];
  const head = `${indent}${one.words.join(" ")}`;
  if (one.body === undefined) return [`${head};`];
  return [`${head} {`, ...writeAll(one.body, indent + INDENT), `${indent}}`];
}
