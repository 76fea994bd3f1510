import { join } from "node:path/posix";
import { readText, repositoryFiles, workspacePackages } from "../../../scripts/check/repository.ts";
import type { Snippet } from "./ts-blocks.ts";

/** Names that examples in comments may use without an import. */
const KNOWN: Readonly<Record<string, string>> = {
  predictor:
    'declare const predictor: import("@tricast/core").Predictor<unknown, unknown, { run(input: unknown): Promise<unknown> }, Record<string, never>>;\n',
  model: 'declare const model: import("@tricast/onnx").OnnxModel;\n',
  store: 'declare const store: import("@tricast/store").ObjectStore;\n',
  age: "declare const age: number;\n",
  userId: "declare const userId: string;\n",
  middy: 'import middy from "@middy/core";\n',
};

/** Every `@example` in the sources of the packages, with its omitted imports put before it. */
export function exampleSnippets(): readonly Snippet[] {
  const exported = exportedNames();
  return repositoryFiles()
    .filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file))
    .flatMap((file) => examplesOf(file, readText(file) ?? ""))
    .flatMap((snippet) => complete(snippet, exported));
}

function examplesOf(document: string, source: string): Snippet[] {
  return [...source.matchAll(/^ *\* @example[^\n]*\n((?: *\*(?!\/)(?! @)[^\n]*\n)+)/gm)].map((match) => ({
    document,
    line: source.slice(0, match.index).split("\n").length + 1,
    text: (match[1] as string).replace(/^ *\* ?/gm, ""),
  }));
}

/** The example with imports before it; if it imports `./predict.ts`, with a module of that name beside it. */
function complete(snippet: Snippet, exported: ReadonlyMap<string, string>): Snippet[] {
  const words = new Set(snippet.text.match(/[A-Za-z_$][\w$]*/g));
  const own = new Set(
    [...snippet.text.matchAll(/^import .*$|\b(?:const|let|function|class) \w+/gm)].flatMap(
      ([text]) => text.match(/\w+/g) ?? [],
    ),
  );
  const internal = namesIn(readText(snippet.document) ?? "");
  const lines = [...words]
    .filter((word) => !own.has(word))
    .map((word) => {
      const specifier = exported.get(word) ?? (internal.includes(word) ? `../../../${snippet.document}` : undefined);
      return KNOWN[word] ?? (specifier === undefined ? "" : `import { ${word} } from "${specifier}";\n`);
    });
  const completed = [{ ...snippet, prelude: lines.join("") }];
  if (!snippet.text.includes('from "./predict.ts"')) return completed;
  const predict = `// file: predict.ts\nimport { definePredictor } from "@tricast/core";\nexport default definePredictor({ name: "half", predict: () => 1 });\n`;
  return [...completed, { document: snippet.document, line: snippet.line, text: predict }];
}

/** Values that our packages export, by name, each with its module. */
function exportedNames(): Map<string, string> {
  const names = new Map<string, string>();
  const files = new Set(repositoryFiles());
  for (const { folder, manifest } of workspacePackages()) {
    for (const [path, target] of Object.entries(manifest.exports ?? {})) {
      const source = typeof target === "string" ? target : (target["@tricast/source"] ?? "");
      const file = join("packages", folder, source);
      if (!files.has(file)) continue;
      for (const name of namesIn(readText(file) ?? "")) names.set(name, manifest.name + path.slice(1));
    }
  }
  return names;
}

function namesIn(source: string): string[] {
  const declared = [...source.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(
    (match) => match[1] as string,
  );
  const listed = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap((match) => (match[1] as string).split(","));
  return [...declared, ...listed.map((name) => name.trim()).filter((name) => /^\w+$/.test(name))];
}
