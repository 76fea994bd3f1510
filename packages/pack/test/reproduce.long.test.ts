import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { type BuildManifest, build } from "@tricast/pack";
import { TARGET_NAMES } from "@tricast/pack/choices";
import { sha256 } from "../src/files/content.ts";
import { listFiles, scratch } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";

const folder = scratch();

/** What the examples are built from. */
const SOURCES = [
  "package.json",
  // The bundler reads these.
  "tsconfig.json",
  "tsconfig.base.json",
  "handlers",
  ...readdirSync(join(REPOSITORY, "packages"))
    .filter(isPackage)
    .flatMap((name) => ["package.json", "LICENSE", "tsconfig.json", "src"].map((file) => `packages/${name}/${file}`)),
];

/** The folder of the packages has files of its own. */
function isPackage(name: string): boolean {
  return !name.includes(".");
}

/** Packages that bundles take in, by name: the copy has those, and finds nothing else. */
const INSTALLED = [
  "valibot",
  "@valibot/to-json-schema",
  "esbuild",
  "vite-bundle-analyzer",
  "@esbuild",
  "onnxruntime-node",
  "@azure/functions",
  "@google-cloud/functions-framework",
];

/** Everything that a package needs, from the repository's own node_modules. */
function closure(names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const manifest = join(REPOSITORY, "node_modules", name, "package.json");
    if (found.has(name)) return;
    found.add(name);
    const read = statSync(manifest, { throwIfNoEntry: false }) && JSON.parse(readFileSync(manifest, "utf8"));
    for (const dependency of Object.keys(read?.dependencies ?? {})) {
      if (statSync(join(REPOSITORY, "node_modules", dependency), { throwIfNoEntry: false }) !== undefined)
        visit(dependency);
    }
  };
  for (const name of names) visit(name);
  return [...found];
}

/** The repository as somebody else has cloned it: other times, other order in its folders, another place. */
function cloneRepository(into: string): void {
  for (const path of [...SOURCES].reverse()) copyBackwards(join(REPOSITORY, path), join(into, path));
  const modules = join(into, "node_modules");
  for (const name of closure(INSTALLED)) {
    const from = join(REPOSITORY, "node_modules", name);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    const filter = (path: string) => !/napi-v6\/(darwin|win32)/.test(path);
    cpSync(realpathSync(from), join(modules, name), { recursive: true, filter });
  }
  mkdirSync(join(modules, "@tricast"), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY, "packages")).filter(isPackage)) {
    symlinkSync(join("..", "..", "packages", name), join(modules, "@tricast", name));
  }
}

function copyBackwards(from: string, to: string): void {
  if (!statSync(from).isDirectory()) {
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
    utimesSync(to, 1_000_000_000, 1_000_000_000);
    return;
  }
  for (const name of readdirSync(from).sort().reverse()) copyBackwards(join(from, name), join(to, name));
}

function digests(folder: string): Record<string, string> {
  return Object.fromEntries(listFiles(folder).map((file) => [file, sha256(readFileSync(join(folder, file)))]));
}

describe("a build of the same sources", () => {
  const first = join(folder, "first");
  const targets = TARGET_NAMES;

  before(async () => {
    for (const arch of ["x64", "arm64"] as const)
      await build({
        predictor: "iris",
        handlers: join(REPOSITORY, "handlers"),
        out: first,
        archs: [arch],
        analyze: true,
      });
  });

  it("gives the same bytes from another folder, clock, umask, locale, time zone and order of files", () => {
    const clone = join(folder, "a clone", "deeper down");
    cloneRepository(clone);
    const second = join(folder, "second");
    for (const arch of ["x64", "arm64"]) {
      const options = {
        predictor: "iris",
        handlers: join(clone, "handlers"),
        out: second,
        archs: [arch],
        analyze: true,
      };
      const program = join(clone, "build.ts");
      cpSync(join(REPOSITORY, "packages/pack/test/support/build-program.ts"), program);
      const script = 'umask 077 && cd / && exec "$0" --conditions=@tricast/source "$@"';
      const run = spawnSync("sh", ["-c", script, process.execPath, program, JSON.stringify(options)], {
        encoding: "utf8",
        env: {
          PATH: process.env.PATH,
          TZ: "Pacific/Chatham",
          LANG: "tr_TR.UTF-8",
          LC_ALL: "tr_TR.UTF-8",
          HOME: folder,
        },
      });
      assert.equal(run.status, 0, run.stderr);
    }
    const [expected, got] = [digests(first), digests(second)];
    assert.ok(Object.keys(expected).some((file) => file.startsWith("iris/aws-lambda-arm64/")));
    for (const target of targets)
      assert.ok(
        Object.keys(expected).some((file) => file.includes(`/${target}-`)),
        target,
      );
    const differing = Object.keys({ ...expected, ...got }).filter((file) => expected[file] !== got[file]);
    assert.deepEqual(differing, []);
    for (const file of Object.keys(got))
      assert.equal(statSync(join(second, file)).mode & 0o777, statSync(join(first, file)).mode & 0o777, file);
  });

  it("says nothing of the place or the time", () => {
    for (const file of listFiles(first).filter((name) => /\.(json|map|html|txt|js|cjs)$|Dockerfile$/.test(name))) {
      const text = readFileSync(join(first, file), "utf8");
      assert.ok(!text.includes(REPOSITORY) && !text.includes(folder), file);
    }
  });

  it("has another digest where anything else goes in", async () => {
    const inputs = (manifest: BuildManifest | undefined) => manifest?.inputs;
    const common = {
      predictor: "iris",
      handlers: join(REPOSITORY, "handlers"),
      targets: ["aws-lambda"],
      out: join(folder, "other"),
    } as const;
    const [plain] = await build(common);
    const [esm] = await build({ ...common, format: "esm" });
    const [more] = await build({ ...common, include: ["MODEL.md"] });
    const seen = [inputs(plain?.manifest), inputs(esm?.manifest), inputs(more?.manifest)];
    assert.equal(new Set(seen).size, 3);
  });
});
