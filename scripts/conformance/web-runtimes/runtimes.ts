import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../../check/run.ts";

/** A runtime that serves the `fetch` of a module. */
export interface WebRuntime {
  readonly name: "deno" | "bun";
  readonly version: string;
  /** Its program in the folder of its package. Install scripts, which would link it, do not run here. */
  readonly program: string;
  /**
   * Whether the signal of a request always aborts when its client disconnects. Deno 2.9 misses most disconnects before
   * the response.
   */
  readonly tellsOfLeaving: boolean;
  /** The arguments that serve `module` on `port` of 127.0.0.1. */
  serve(module: string, port: number): readonly string[];
}

export const RUNTIMES: readonly WebRuntime[] = [
  {
    name: "deno",
    version: "2.9.6",
    program: "node_modules/@deno/*/deno{,.exe}",
    tellsOfLeaving: false,
    serve: (module, port) => [
      "serve",
      "--no-prompt",
      "--allow-env",
      "--unstable-no-legacy-abort",
      "--host=127.0.0.1",
      `--port=${port}`,
      module,
    ],
  },
  {
    name: "bun",
    version: "1.4.5",
    program: "node_modules/@oven/*/bin/bun{,.exe}",
    tellsOfLeaving: true,
    serve: (module) => ["run", module],
  },
];

const INSTALL = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

/** The runtime's program, installed from npm below `folder`; an error if it is not available or does not run here. */
export function installRuntime({ name, version, program }: WebRuntime, folder: string): string | Error {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "package.json"))) writeFileSync(join(folder, "package.json"), '{"private":true}');
  const installed = output("npm", [...INSTALL, `${name}@${version}`], { cwd: folder });
  if (installed.status !== 0) return new Error(installed.text.trim());
  for (const path of globSync(program, { cwd: folder }).map((found) => join(folder, found))) {
    if (output(path, ["--version"]).status === 0) return path;
  }
  return new Error(`${name}@${version} does not have a program that runs on ${process.platform} ${process.arch}`);
}
