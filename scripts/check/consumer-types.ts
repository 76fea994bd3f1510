import { rmSync } from "node:fs";
import { type Consumer, installAlone, writeIn } from "./consumer.ts";
import { checkImports } from "./consumer-imports.ts";
import type { PackedPackage } from "./pack.ts";
import { output } from "./run.ts";

const CONSUMER_TS = `
import { definePredictor, type InputOf, type OutputOf } from "@tricast/core";
import { lambda, type LambdaHandler } from "@tricast/aws-lambda";
import * as v from "valibot";

const predictor = definePredictor({
  name: "half",
  input: v.object({ value: v.number() }),
  output: v.object({ half: v.number() }),
  predict: ({ value }) => ({ half: value / 2 }),
});
export const handler: LambdaHandler = lambda(predictor);
export const input: InputOf<typeof predictor> = { value: 4 };
export const output: OutputOf<typeof predictor> = { half: 2 };
// @ts-expect-error the schema says number
export const wrong: InputOf<typeof predictor> = { value: "4" };
`;

/** Whether a strict project type-checks against our declarations, with the module resolution of Node and of bundlers. */
export function checkTypes(consumer: Consumer): boolean {
  return isTyped(consumer, CONSUMER_TS, "all packages");
}

/**
 * Whether a package loads, and its declarations type-check, with only its dependencies installed.
 * The project at `path` is removed: the runtime in it is large.
 */
export function checkAlone(
  path: string,
  packed: PackedPackage,
  packages: readonly PackedPackage[],
  node: string,
): boolean {
  const consumer = installAlone(path, packed, packages);
  if (consumer === undefined) return false;
  try {
    const loads = checkImports(consumer, node);
    return isTyped(consumer, "", `${packed.manifest.name} alone`) && loads;
  } finally {
    rmSync(path, { recursive: true });
  }
}

function isTyped({ path, specifiers }: Consumer, code: string, what: string): boolean {
  const imports = specifiers.map((specifier, index) => `import * as m${index} from ${JSON.stringify(specifier)};\n`);
  writeIn(path, "consumer.ts", imports.join("") + code);
  return ["nodenext", "bundler"].every((resolution) => {
    const options = { compilerOptions: compilerOptions(resolution), files: ["consumer.ts"] };
    writeIn(path, "tsconfig.json", JSON.stringify(options));
    return checkProject(path, `${what}, moduleResolution ${resolution}`);
  });
}

function compilerOptions(moduleResolution: string) {
  const module = moduleResolution === "nodenext" ? "nodenext" : "preserve";
  return {
    module,
    moduleResolution,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: "es2024",
    lib: ["esnext"],
    types: ["node"],
  };
}

/** Errors in declarations of other packages are ignored. Errors in ours or in the project fail. */
function checkProject(path: string, what: string): boolean {
  const { status, text } = output("tsc", ["-p", ".", "--pretty", "false"], { cwd: path });
  const errors = text.split("\n").filter((line) => line.includes("error TS"));
  const ours = errors.filter(
    (line) => !line.startsWith("node_modules/") || /^node_modules\/(@tricast|tricast|serverless-tricast)\//.test(line),
  );
  if (ours.length > 0 || (status !== 0 && errors.length === 0)) {
    console.log(`${what}: declarations do not type-check\n${ours.length > 0 ? ours.join("\n") : text}`);
    return false;
  }
  console.log(`${what}: declarations type-check`);
  return true;
}
