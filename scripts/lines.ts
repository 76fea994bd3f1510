// Lines of code that each package ships, without comments and blank lines: npm run lines -- [--json]
import { parseArgs } from "node:util";
import { codeLines, isShipped } from "./check/code-lines.ts";
import { readText, repositoryFiles, workspacePackages } from "./check/repository.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

const shipped = repositoryFiles().filter(isShipped);
const packages = workspacePackages().map(({ folder, manifest }) => {
  const files = shipped.filter((path) => path.startsWith(`packages/${folder}/`));
  const lines = files.map((path) => codeLines(readText(path) ?? ""));
  return { name: manifest.name, files: files.length, lines: sum(lines) };
});
/** The contract suite that `@tricast/core/testing` exports: tests of every adapter, ours and others'. */
const suite = shipped.filter((path) => path.startsWith("packages/core/src/testing/"));
const testing = { files: suite.length, lines: sum(suite.map((path) => codeLines(readText(path) ?? ""))) };
const total = { files: sum(packages.map(({ files }) => files)), lines: sum(packages.map(({ lines }) => lines)) };

if (values.json) console.log(JSON.stringify({ packages, testing, total }, null, 2));
else {
  console.log(row("", "files", "lines"));
  for (const { name, files, lines } of [
    ...packages,
    { name: "total", ...total },
    { name: "of it, contract suite", ...testing },
  ])
    console.log(row(name, files, lines));
}

function row(name: string, files: number | string, lines: number | string): string {
  return name.padEnd(26) + String(files).padStart(6) + String(lines).padStart(8);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
