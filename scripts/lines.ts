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
const total = { files: sum(packages.map(({ files }) => files)), lines: sum(packages.map(({ lines }) => lines)) };

if (values.json) console.log(JSON.stringify({ packages, total }, null, 2));
else {
  console.log(row("", "files", "lines"));
  for (const { name, files, lines } of [...packages, { name: "total", ...total }]) console.log(row(name, files, lines));
}

function row(name: string, files: number | string, lines: number | string): string {
  return name.padEnd(26) + String(files).padStart(6) + String(lines).padStart(8);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
