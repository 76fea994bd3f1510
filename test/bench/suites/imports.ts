import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { DONE, timeCold } from "../harness/cold.ts";
import { versionsOf } from "../harness/environment.ts";
import { waitForQuiet } from "../harness/quiet.ts";
import { rotate } from "../harness/rotate.ts";
import { byRound, spread, summarise } from "../harness/statistics.ts";
import type { Goal, Suite, SuiteOptions, SuiteResult, Table } from "../harness/suite.ts";
import { EMPTY, ENTRIES, type Entry } from "./imports/entries.ts";

export const suite: Suite = {
  name: "imports",
  description: "what schema libraries and our own packages add to a cold start, bundled",
  run,
};

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Fewer say nothing about milliseconds. */
const LEAST_ROUNDS = 15;
const OWN_GOAL_MS = 3;
/** Longest wait for quiet before each process. */
const QUIET_MS = 2_000;

interface Bundle {
  readonly entry: Entry | undefined;
  readonly file: string;
  readonly bytes: number;
  readonly milliseconds: number[];
}

async function run({ rounds, quick, progress }: SuiteOptions): Promise<SuiteResult> {
  mkdirSync(`${ROOT}.cache/bench`, { recursive: true });
  const folder = mkdtempSync(`${ROOT}.cache/bench/imports-`);
  try {
    const empty = await bundle(undefined, folder);
    const bundles = await Promise.all(ENTRIES.map((entry) => bundle(entry, folder)));
    await time([empty, ...bundles], quick ? rounds : Math.max(rounds, LEAST_ROUNDS), progress);
    return {
      tables: [
        toTable("Standard Schema libraries, one schema like that of iris", ["schema"], empty, bundles),
        toTable("Our own packages", ["own", "store"], empty, bundles),
      ],
      goals: [ownGoal(empty, bundles)],
      method: METHOD,
      versions: versionsOf([...new Set(["esbuild", ...ENTRIES.flatMap(({ packages }) => packages)])]),
      samples: [empty, ...bundles].map(({ entry, bytes, milliseconds }) => ({
        name: nameOf(entry),
        bytes,
        milliseconds,
      })),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(entry: Entry | undefined, folder: string): Promise<Bundle> {
  const index = entry === undefined ? "empty" : ENTRIES.indexOf(entry);
  const file = `${folder}/${index}.cjs`;
  await build({
    stdin: { contents: entry?.source ?? EMPTY, resolveDir: ROOT, loader: "js" },
    outfile: file,
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    conditions: ["@tricast/source"],
    external: [...(entry?.external ?? [])],
    footer: { js: DONE },
    logLevel: "error",
  });
  return { entry, file, bytes: statSync(file).size, milliseconds: [] };
}

async function time(bundles: readonly Bundle[], rounds: number, progress: (line: string) => void): Promise<void> {
  // Once each, so that every file is in the page cache.
  for (const { file } of bundles) await timeCold(file);
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const { file, milliseconds } of rotate(bundles, round)) {
      await waitForQuiet(QUIET_MS);
      milliseconds.push(await timeCold(file));
    }
  }
}

function toTable(title: string, groups: readonly Entry["group"][], empty: Bundle, bundles: readonly Bundle[]): Table {
  const rows = bundles.filter(({ entry }) => entry !== undefined && groups.includes(entry.group));
  return {
    title,
    columns: ["script", "KB", "to its end, ms", "over the empty script, ms"],
    rows: [empty, ...rows].map((one) => [
      nameOf(one.entry),
      (one.bytes / 1000).toFixed(1),
      spread(summarise(one.milliseconds), 1),
      one === empty ? "" : spread(added(one, empty), 1),
    ]),
  };
}

function nameOf(entry: Entry | undefined): string {
  return entry?.name ?? "empty";
}

const added = (one: Bundle, empty: Bundle) => summarise(byRound(one.milliseconds, empty.milliseconds, (a, b) => a - b));

function ownGoal(empty: Bundle, bundles: readonly Bundle[]): Goal {
  const own = bundles.filter(({ entry }) => entry?.group === "own");
  const most = Math.max(...own.map((one) => added(one, empty).median));
  return {
    claim: `our own packages add at most ${OWN_GOAL_MS} ms`,
    measured: `${most.toFixed(1)} ms`,
    met: most <= OWN_GOAL_MS,
  };
}

const METHOD =
  "Each script is bundled by esbuild into one minified CommonJS file and run by a new Node process without a " +
  "compile cache, with all files in the page cache. The parent's clock runs from the spawn to a byte that the " +
  "script's last line writes; the end of the process is not counted. Every round runs every script once, in rotated " +
  "order. The cost of a script is the median of its differences from the empty script of the same round.";
