// Writes every generated file: npm run gen
// Compares instead, and shows the differences: npm run gen -- --check
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { readText, repositoryFiles } from "../check/repository.ts";
import { apiReference } from "./api.ts";
import { cliReference } from "./cli.ts";
import { configReference } from "./config.ts";
import { deploymentGoldens } from "./deployment-goldens.ts";
import { errorsReference } from "./errors.ts";
import { fillExcerpts } from "./excerpts.ts";
import type { GeneratedFile, Generator } from "./generated-file.ts";
import { httpReference } from "./http.ts";
import { lineDiff } from "./line-diff.ts";
import { recipesModule } from "./recipes.ts";
import { rulesReference } from "./rules.ts";
import { serverReference } from "./server.ts";
import { serverlessService } from "./serverless.ts";
import { warmupReference } from "./warmup.ts";

const GENERATORS: readonly Generator[] = [
  apiReference,
  cliReference,
  configReference,
  deploymentGoldens,
  errorsReference,
  httpReference,
  recipesModule,
  rulesReference,
  serverlessService,
  serverReference,
  warmupReference,
];

const ROOT = join(import.meta.dirname, "..", "..");

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const generated = GENERATORS.flatMap((generate) => generate());
const files = [...generated, ...documentsWithExcerpts()];
const changed = files.filter((file) => existing(file) !== file.text);

if (values.check) {
  for (const file of changed) console.log(`${file.path}\n${lineDiff(existing(file) ?? "", file.text)}\n`);
  if (changed.length > 0) console.log('Run "npm run gen" and commit the files that it writes.');
  process.exitCode = changed.length > 0 ? 1 : 0;
} else for (const file of changed) write(file);
console.log(`${files.length} generated files, ${changed.length} ${values.check ? "out of date" : "written"}`);

/** Every other Markdown file, with its quoted files filled in. */
function documentsWithExcerpts(): GeneratedFile[] {
  const documents = repositoryFiles()
    .filter((path) => path.endsWith(".md") && !generated.some((file) => file.path === path))
    .map((path) => ({ path, text: existing({ path, text: "" }) ?? "" }))
    .filter(({ text }) => /^\s*```\w+ .*\bfile=/m.test(text));
  return fillExcerpts(documents, (path) => {
    const text = readText(path);
    if (text === undefined) throw new Error(`${path} is not a text file, so no document can quote it`);
    return text;
  });
}

function existing({ path }: GeneratedFile): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function write({ path, text }: GeneratedFile): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  console.log(path);
}
