import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "../../../scripts/check/repository.ts";

/** A piece of TypeScript in a document or a comment. */
export interface Snippet {
  /** Its place, for messages. */
  readonly document: string;
  /** Line of its first line. */
  readonly line: number;
  readonly text: string;
  /** Lines put before it, which a reader does not see. */
  readonly prelude?: string;
}

/** In the repository, whose packages the snippets import, and of this process: npm test and npm run check may run at once. */
const FOLDER = join(ROOT, ".cache", `docs-${process.pid}`);
const OPTIONS = {
  composite: false,
  declaration: false,
  noEmit: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  moduleDetection: "force",
};

/**
 * Type-checks all snippets in one run of the compiler, each as a module of its own. Snippets of one document import
 * each other by the name in a first line `// file: name.ts`. Returns the errors, with document and line.
 */
export function typeCheck(snippets: readonly Snippet[]): readonly string[] {
  try {
    return typeCheckIn(FOLDER, snippets);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

function typeCheckIn(root: string, snippets: readonly Snippet[]): readonly string[] {
  const modules = new Map<string, Snippet>();
  for (const [index, snippet] of snippets.entries()) {
    const path = modulePath(snippet, index);
    const taken = modules.get(path);
    if (taken !== undefined) return [`${place(snippet)}: ${place(taken)} is called the same`];
    modules.set(path, snippet);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), (snippet.prelude ?? "") + snippet.text);
  }
  const config = { extends: "../../tsconfig.base.json", compilerOptions: OPTIONS, files: [...modules.keys()] };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify(config));
  return compile(root, modules);
}

/** What a first line `// file: name.ts` calls the block, or `undefined`. */
export function fileNameOf(text: string): string | undefined {
  return /^\/\/ file: (\S+\.ts)\n/.exec(text)?.[1];
}

/** Documents are folders, so that each has its own `./predict.ts`. */
function modulePath(snippet: Snippet, index: number): string {
  const folder = snippet.document.replace(/[^\w-]+/g, "-");
  const name = fileNameOf(snippet.text) ?? `block-${index}.ts`;
  const path = normalize(join(folder, name));
  if (!path.startsWith(folder)) throw new Error(`${place(snippet)}: "${name}" leaves the document's own folder`);
  return path.replaceAll("\\", "/");
}

function compile(root: string, modules: ReadonlyMap<string, Snippet>): readonly string[] {
  const compiler = join(ROOT, "node_modules", "typescript", "lib", "tsc.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", ".", "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
  });
  const errors = stdout.split("\n").filter((line) => line.includes("error TS"));
  if (status !== 0 && errors.length === 0) throw new Error(`the compiler did not run: ${stdout}${stderr}`);
  // Errors in the sources themselves are left to the type check of the workspace.
  return errors
    .filter((error) => !/^\.\.\/\.\.\/(packages|handlers)\//.test(error))
    .map((error) => located(error, modules));
}

function located(error: string, modules: ReadonlyMap<string, Snippet>): string {
  const [, path = "", line = "0", rest = ""] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(error) ?? [];
  const snippet = modules.get(path.replaceAll("\\", "/"));
  if (snippet === undefined) return error;
  const hidden = (snippet.prelude ?? "").split("\n").length - 1;
  return `${snippet.document}:${snippet.line + Number(line) - 1 - hidden}: ${rest}`;
}

function place({ document, line }: Snippet): string {
  return `${document}:${line}`;
}
