// Runs one predictor on three clouds, on this machine: npm start -- --help
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type AnyPredictor, isPredictor } from "@tricast/core";
import type { Running } from "./child.ts";
import { type Cloud, clouds, refuseBusyPort } from "./clouds.ts";
import { type Answer, type Measured, measure } from "./measure.ts";
import { helpText, readOptions, type StartOptions } from "./options.ts";
import { renderTable } from "./table.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Aborted by Ctrl-C or a termination signal. */
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), join(ROOT, "handlers"));
  if (options.help) {
    console.log(helpText());
    return 0;
  }
  const places = clouds({ root: ROOT, predictor: options.predictor, ports: options.ports });
  for (const cloud of places) await refuseBusyPort(cloud);
  const examples = await readExamples(options.predictor);
  console.log(`Starting ${options.predictor} on three clouds ...`);
  const running: Running[] = [];
  try {
    const measured: Measured[] = [];
    // One after the other, so that instances do not compete for processors while they start.
    for (const cloud of places) measured.push(await startAndMeasure(cloud, examples, running));
    const agree = report(places, measured, examples.length);
    if (!options.once) {
      printCurls(places, examples[0], options);
      if (!stop.signal.aborted) await once(stop.signal, "abort");
      console.log("\nStopping ...");
    }
    return agree ? 0 : 1;
  } finally {
    await Promise.all(running.map((child) => child.stop()));
  }
}

async function startAndMeasure(cloud: Cloud, examples: readonly unknown[], running: Running[]): Promise<Measured> {
  const child = await cloud.start(stop.signal);
  running.push(child);
  const began = cloud.instanceBegins === "with the process" ? child.startedAt : performance.now();
  return measure(cloud.url, examples, began);
}

async function readExamples(name: string): Promise<readonly unknown[]> {
  const file = pathToFileURL(join(ROOT, "handlers", name, "predict.ts")).href;
  const predictor = ((await import(file)) as { default: AnyPredictor }).default;
  if (!isPredictor(predictor))
    throw new Error(`handlers/${name}/predict.ts does not have a predictor as its default export`);
  return predictor.definition.examples ?? [];
}

/** Prints the table. Returns true if every cloud gave the same responses. */
function report(places: readonly Cloud[], measured: readonly Measured[], examples: number): boolean {
  const rows = places.map(({ name }, index) => {
    const { answers, coldMs, warmMs } = measured[index] as Measured;
    const first = answers[0] as Answer;
    return [name, String(first.status), shorten(first.body), coldMs.toFixed(0), warmMs.toFixed(2)];
  });
  console.log(`\n${renderTable(["cloud", "status", "prediction", "cold ms", "warm ms"], rows)}\n`);
  const bodies = measured.map(({ answers }) => JSON.stringify(answers.map(({ status, body }) => [status, body])));
  const agree = bodies.every((body) => body === bodies[0]) && measured.every(({ answers }) => answers.every(isOk));
  console.log(
    agree
      ? `The three clouds gave the same responses, byte for byte (${examples} of ${examples} examples).`
      : `The clouds gave different responses:\n${places.map(({ name }, index) => `  ${name}: ${(bodies[index] as string).slice(0, 1000)}`).join("\n")}`,
  );
  return agree;
}

function isOk({ status }: { readonly status: number }): boolean {
  return status === 200;
}

function printCurls(places: readonly Cloud[], example: unknown, { predictor }: StartOptions): void {
  console.log(`\nCall ${predictor} yourself:`);
  for (const { name, url } of places) {
    console.log(
      `\n  # ${name}\n  curl ${url} -H 'content-type: application/json' -d '${JSON.stringify(example).replaceAll("'", "\\u0027")}'`,
    );
  }
  console.log("\nLogs: .tricast/start/*.log    Stop: Ctrl-C");
}

function shorten(text: string): string {
  return text.length > 72 ? `${text.slice(0, 69)}...` : text;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!stop.signal.aborted) console.error(`tricast: ${(error as Error).message}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
