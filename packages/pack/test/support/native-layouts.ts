import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { writeElf } from "./elf-writer.ts";
import { writeFiles } from "./folders.ts";
import { TestProject } from "./project.ts";

/**
 * The packages of every layout. `nat`, `ext` and `mid` come with an addon or are loaded by a package with one, so they stay
 * outside of the bundle. `dep` and the project's code are bundled. Each importer needs another version of `nat`.
 */
export const SEEN = { app: "2.0.0", old: "0.1.0", dep: "1.0.0", ext: "1.0.0", mid: "3.0.0", peer: "3.0.0" };

/** What a package is made of, apart from its manifest. */
const CODE: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
  nat: {
    "index.cjs": 'exports.version = require("./package.json").version; exports.doc = require("./doc/Types.js");',
    "index.mjs": 'import own from "./index.cjs"; export const { version } = own; export default own;',
    "sub.cjs": 'exports.version = require("nat").version;',
    "doc/Types.js": "module.exports = 1;",
    "test/index.js": "module.exports = 1;",
  },
  dep: {
    "index.js": 'import { version } from "nat"; import { createRequire } from "node:module"; export { version };',
    "old.cjs": 'exports.version = require("nat").version; exports.sub = require("nat/sub").version;',
    "lazy.js": 'export const later = async () => (await import("nat")).version;',
  },
  ext: { "index.js": 'exports.version = require("nat").version; exports.mid = require("mid");' },
  mid: { "index.js": 'exports.version = require("nat").version; exports.peer = require("peer").version;' },
  peer: { "index.js": 'exports.version = require("nat/sub").version;' },
};

const MANIFEST: Readonly<Record<string, object>> = {
  nat: {
    main: "index.cjs",
    exports: {
      ".": { import: "./index.mjs", require: "./index.cjs" },
      "./sub": "./sub.cjs",
      "./package.json": "./package.json",
    },
  },
  dep: { type: "module", main: "index.js", dependencies: { nat: "1" } },
  ext: { dependencies: { nat: "1", mid: "1" } },
  mid: { dependencies: { nat: "3", peer: "1" } },
  peer: { peerDependencies: { nat: "*" } },
};

const HAS_ADDON = ["nat", "ext"];

function writePackage(folder: string, name: string, version: string): void {
  const addons = {
    "prebuilds/linux-x64/addon.node": writeElf({ machine: 62 }),
    "prebuilds/linux-arm64/addon.node": writeElf({ machine: 183 }),
  };
  writeFiles(folder, {
    "package.json": JSON.stringify({ name, version, ...MANIFEST[name] }),
    ...CODE[name],
    ...(HAS_ADDON.includes(name) ? addons : {}),
  });
}

function link(from: string, to: string): void {
  mkdirSync(dirname(from), { recursive: true });
  symlinkSync(relative(dirname(from), to), from);
}

/** The predictor's file: fails unless each importer has its version, when it is read and in the artefact. */
const PREDICT = `
import { definePredictor } from "@tricast/core";
import { version as app } from "nat";
import { version as old } from "nat-old";
import { version as dep } from "dep";
import depOld from "dep/old.cjs";
import { later } from "dep/lazy.js";
import ext from "ext";
const seen = { app, old, dep, ext: ext.version, mid: ext.mid.version, peer: ext.mid.peer };
globalThis.seen = later().then((lazy) => ({ ...seen, dep: [...new Set([dep, depOld.version, depOld.sub, lazy])].join() }));
if (JSON.stringify(seen) !== ${JSON.stringify(JSON.stringify(SEEN))}) throw new Error("wrong versions: " + JSON.stringify(seen));
export default definePredictor({ name: "probe", examples: [{ value: 1 }], predict: ({ value }) => ({ doubled: value * 2 }) });
`;

type Files = Readonly<Record<string, string>>;

/** As `npm install` nests them. */
function nested(folder: string, files: Files): TestProject {
  const project = new TestProject(folder, files);
  const modules = join(folder, "node_modules");
  writePackage(join(modules, "nat"), "nat", "2.0.0");
  writePackage(join(modules, "nat-old"), "nat", "0.1.0");
  writePackage(join(modules, "dep"), "dep", "1.0.0");
  writePackage(join(modules, "dep/node_modules/nat"), "nat", "1.0.0");
  writeExternal(modules);
  return project;
}

function writeExternal(modules: string): void {
  writePackage(join(modules, "ext"), "ext", "1.0.0");
  writePackage(join(modules, "ext/node_modules/nat"), "nat", "1.0.0");
  writePackage(join(modules, "ext/node_modules/mid"), "mid", "1.0.0");
  writePackage(join(modules, "ext/node_modules/mid/node_modules/nat"), "nat", "3.0.0");
  writePackage(join(modules, "ext/node_modules/mid/node_modules/peer"), "peer", "1.0.0");
}

/** As pnpm links them from its store. */
function pnpm(folder: string, files: Files): TestProject {
  const project = new TestProject(folder, files);
  const modules = join(folder, "node_modules");
  const stored = (id: string, name: string) => join(modules, ".pnpm", id, "node_modules", name);
  for (const version of ["0.1.0", "1.0.0", "2.0.0", "3.0.0"])
    writePackage(stored(`nat@${version}`, "nat"), "nat", version);
  writePackage(stored("dep@1.0.0", "dep"), "dep", "1.0.0");
  writePackage(stored("ext@1.0.0", "ext"), "ext", "1.0.0");
  writePackage(stored("mid@1.0.0", "mid"), "mid", "1.0.0");
  writePackage(stored("peer@1.0.0_nat@3.0.0", "peer"), "peer", "1.0.0");
  link(join(modules, "nat"), stored("nat@2.0.0", "nat"));
  link(join(modules, "nat-old"), stored("nat@0.1.0", "nat"));
  link(join(modules, "dep"), stored("dep@1.0.0", "dep"));
  link(join(modules, "ext"), stored("ext@1.0.0", "ext"));
  link(stored("dep@1.0.0", "nat"), stored("nat@1.0.0", "nat"));
  link(stored("ext@1.0.0", "nat"), stored("nat@1.0.0", "nat"));
  link(stored("ext@1.0.0", "mid"), stored("mid@1.0.0", "mid"));
  link(stored("mid@1.0.0", "nat"), stored("nat@3.0.0", "nat"));
  link(stored("mid@1.0.0", "peer"), stored("peer@1.0.0_nat@3.0.0", "peer"));
  link(stored("peer@1.0.0_nat@3.0.0", "nat"), stored("nat@3.0.0", "nat"));
  return project;
}

/** A project that is a workspace: packages are hoisted above it, and `dep` is another workspace. */
function workspaces(folder: string, files: Files): TestProject {
  writeFiles(folder, { "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"] }) });
  const project = new TestProject(join(folder, "packages/app"), files);
  const modules = join(folder, "node_modules");
  writePackage(join(modules, "nat"), "nat", "2.0.0");
  writePackage(join(modules, "nat-old"), "nat", "0.1.0");
  writePackage(join(folder, "packages/dep"), "dep", "1.0.0");
  writePackage(join(folder, "packages/dep/node_modules/nat"), "nat", "1.0.0");
  link(join(modules, "dep"), join(folder, "packages/dep"));
  writeExternal(modules);
  return project;
}

/** Packages that `npm link` finds outside of the project, with their own node_modules. */
function linked(folder: string, files: Files): TestProject {
  const project = new TestProject(join(folder, "project"), files);
  const modules = join(project.root, "node_modules");
  writePackage(join(modules, "nat"), "nat", "2.0.0");
  writePackage(join(modules, "nat-old"), "nat", "0.1.0");
  writePackage(join(folder, "elsewhere/dep"), "dep", "1.0.0");
  writePackage(join(folder, "elsewhere/dep/node_modules/nat"), "nat", "1.0.0");
  link(join(modules, "dep"), join(folder, "elsewhere/dep"));
  writeExternal(join(folder, "elsewhere/node_modules"));
  link(join(modules, "ext"), join(folder, "elsewhere/node_modules/ext"));
  return project;
}

export const LAYOUTS = { "npm, nested": nested, "pnpm's store": pnpm, workspaces, "npm link": linked };

/** A project with the packages in a layout, whose predictor imports them. */
export function projectIn(layout: keyof typeof LAYOUTS, folder: string, handlers: Files = {}): TestProject {
  return LAYOUTS[layout](folder, { "predict.ts": PREDICT, ...handlers });
}
