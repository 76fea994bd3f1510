/** TypeScript source with every comment replaced by spaces. Line numbers stay the same. */
export function withoutComments(source: string): string {
  return codeOnly(source, { keepTemplates: true, keepRegExps: true });
}

/**
 * TypeScript source with every comment, regular expression and template text replaced by spaces, so that patterns
 * match code only. Strings stay, unless `blankStrings` is set. Templates and regular expressions stay with
 * `keepTemplates` and `keepRegExps`. Line numbers stay the same.
 */
export function codeOnly(
  source: string,
  { blankStrings = false, keepTemplates = false, keepRegExps = false } = {},
): string {
  let out = "";
  let at = 0;
  const keep = (end: number) => {
    out += source.slice(at, end);
    at = end;
  };
  const blank = (end: number) => {
    out += source.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  /** Open braces inside each surrounding template literal. */
  const templates: number[] = [];
  while (at < source.length) {
    const char = source[at] as string;
    if (source.startsWith("//", at)) blank(endOfLine(source, at));
    else if (source.startsWith("/*", at)) blank(after(source, "*/", at + 2));
    else if (char === '"' || char === "'") {
      (blankStrings ? blank : keep)(endOfString(source, at));
    } else if (char === "`" || (char === "}" && templates.at(-1) === 0)) {
      if (char === "}") templates.pop();
      const end = endOfTemplateText(source, at + 1);
      if (source[end - 1] === "{") templates.push(0);
      (keepTemplates ? keep : blank)(end);
    } else if (char === "/" && startsRegExp(out)) (keepRegExps ? keep : blank)(endOfRegExp(source, at));
    else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]! += 1;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]! -= 1;
      keep(at + 1);
    }
  }
  return out;
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end === -1 ? source.length : end;
}

function after(source: string, text: string, from: number): number {
  const end = source.indexOf(text, from);
  return end === -1 ? source.length : end + text.length;
}

function endOfString(source: string, start: number): number {
  let end = start + 1;
  while (end < source.length && source[end] !== source[start] && source[end] !== "\n")
    end += source[end] === "\\" ? 2 : 1;
  return Math.min(end + 1, source.length);
}

/** The position after the closing backtick, or after the `${` of the next hole. */
function endOfTemplateText(source: string, from: number): number {
  let end = from;
  while (end < source.length) {
    if (source[end] === "`") return end + 1;
    if (source.startsWith("${", end)) return end + 2;
    end += source[end] === "\\" ? 2 : 1;
  }
  return source.length;
}

/** A slash divides after a value, and opens a regular expression after an operator, a bracket or a keyword. */
function startsRegExp(before: string): boolean {
  const code = before.trimEnd();
  return code === "" || /[(,=:[!&|?{};+\-*%~^<>]$|\b(return|typeof|case|in|of|await|yield)$/.test(code);
}

function endOfRegExp(source: string, start: number): number {
  let end = start + 1;
  let inClass = false;
  while (end < source.length && source[end] !== "\n") {
    const char = source[end];
    if (char === "\\") end++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return end + 1;
    end++;
  }
  return end;
}

const STATEMENT = /(?<![.\w$])(?:import|export)\s(?:[\w\s{},*$]*?\sfrom\s*)?["']([^"'\n]+)["']/g;
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*["']([^"'\n]+)["']/g;
/** Every module specifier that a source imports, re-exports or requires, type-only ones included. */
export function importsOf(source: string): readonly string[] {
  const code = codeOnly(source);
  // If the match begins with a blank here, it began inside a string.
  const bare = codeOnly(source, { blankStrings: true });
  const matches = [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].filter(({ index }) => bare[index] !== " ");
  return [...new Set(matches.map((match) => match[1] as string))];
}

/** Whether a string or template begins with a path inside this package, which resolves to a file of it. */
export function namesPathIn(source: string, packageName: string): boolean {
  const code = codeOnly(source, { keepTemplates: true });
  return ['"', "'", "`"].some((quote) => code.includes(`${quote}${packageName}/`));
}

/** The package of a bare specifier; `undefined` for relative paths, `#` imports and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./#]/.test(specifier) || specifier.startsWith("node:")) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
