import { type Consumer, writeIn } from "./consumer.ts";
import { capture } from "./run.ts";

type Names = Readonly<Record<string, readonly string[]>>;

const LIST_ESM = `
const names = {};
for (const specifier of process.argv.slice(2)) names[specifier] = Object.keys(await import(specifier)).sort();
console.log("NAMES" + JSON.stringify(names));
process.exit(0);
`;
const LIST_CJS = `
const names = {};
for (const specifier of process.argv.slice(2)) names[specifier] = Object.keys(require(specifier)).sort();
console.log("NAMES" + JSON.stringify(names));
process.exit(0);
`;

/** Whether every export path has the names of the sources, as ES module and through `require`. */
export function checkImports({ path, specifiers }: Consumer, node: string): boolean {
  writeIn(path, "list.mjs", LIST_ESM);
  writeIn(path, "list.cjs", LIST_CJS);
  const expected = namesFromSources(specifiers);
  const version = capture(node, ["--version"])?.trim();
  const results = ["list.mjs", "list.cjs"].map((file) => {
    const names = parseNames(capture(node, [file, ...specifiers], { cwd: path }));
    return specifiers.every((specifier) =>
      sameNames(`${version} ${file} ${specifier}`, expected?.[specifier], names?.[specifier]),
    );
  });
  if (results.every(Boolean)) {
    console.log(`${version}: ${specifiers.length} export paths load with import and with require`);
  }
  return results.every(Boolean);
}

function namesFromSources(specifiers: readonly string[]): Names | undefined {
  const args = ["--conditions=@tricast/source", "--input-type=module", "--eval", LIST_ESM, "-", ...specifiers];
  return parseNames(capture(process.execPath, args));
}

function parseNames(printed: string | undefined): Names | undefined {
  const line = printed?.split("\n").find((text) => text.startsWith("NAMES"));
  return line === undefined ? undefined : (JSON.parse(line.slice("NAMES".length)) as Names);
}

function sameNames(what: string, expected: readonly string[] | undefined, got: readonly string[] | undefined): boolean {
  // `require` of an ES module adds this one (nodejs.org/api/modules: loading ECMAScript modules using require).
  const plain = got?.filter((name) => name !== "__esModule" && name !== "module.exports");
  if (expected !== undefined && plain !== undefined && plain.length > 0 && String(plain) === String(expected))
    return true;
  console.log(`${what} exports ${plain ?? "nothing"}; the sources export ${expected ?? "nothing"}`);
  return false;
}
