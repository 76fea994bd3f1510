// Sends what should be refused to predictors on one host, in a process that has little memory. Prints what came back.
// Its arguments are the name of the host, and a folder of compressed bodies to send in place of bad elements.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type AnyPredictor, definePredictor, type StandardSchema } from "@tricast/core";
import type { RunningHost } from "@tricast/core/testing";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import iris from "../../../handlers/iris/predict.ts";
import { HOSTS } from "../hosts.ts";
import { jsonOf, post } from "./core-testing.ts";

export interface AttackedReport {
  /** By predictor: status and number of issues of each attack, then the status of a right input. */
  readonly answers: Readonly<Record<string, readonly unknown[]>>;
  readonly peakBytes: number;
}

/** As one writes them who does not think of attacks. */
const SCHEMAS: Readonly<Record<string, StandardSchema<unknown, unknown>>> = {
  valibot: v.object({ features: v.pipe(v.array(v.pipe(v.number(), v.minValue(0))), v.length(4)) }),
  zod: z.object({ features: z.array(z.number()) }),
  arktype: type({ features: "number[]" }),
};
const PREDICTORS: Readonly<Record<string, AnyPredictor>> = {
  iris,
  ...Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, input]) => [name, definePredictor({ name, input, predict: () => 1 })]),
  ),
};

const BAD = `{"features":[${'"",'.repeat(1_333_333)}""]}`;
const ZIPPED = gzipSync(BAD);
const GZIP = [
  ["content-type", "application/json"],
  ["content-encoding", "gzip"],
] as const;

/** A bad element many times. */
async function sendElements(name: string, running: RunningHost): Promise<void> {
  const send = async (body: string | Uint8Array): Promise<readonly [number, number | undefined]> => {
    const request = typeof body === "string" ? post(body) : { ...post(""), body, headers: GZIP };
    const response = await running.send(request);
    return [response.status, (jsonOf(response).errors as unknown[] | undefined)?.length];
  };
  answers[name] = [
    await send(BAD),
    await send(ZIPPED),
    await Promise.all([ZIPPED, ZIPPED, ZIPPED].map(send)),
    (await send('{"features":[5.1,3.5,1.4,0.2]}'))[0],
  ];
}

/** Bodies of 33 MB that take many times as much in memory, or much time. */
async function sendDense(name: string, running: RunningHost, folder: string): Promise<void> {
  const statuses: Record<string, number> = {};
  for (const file of readdirSync(folder))
    statuses[file] = (
      await running.send({ ...post(""), body: readFileSync(join(folder, file)), headers: GZIP })
    ).status;
  statuses.right = (await running.send(post('{"features":[5.1,3.5,1.4,0.2]}'))).status;
  answers[name] = [statuses];
}

const answers: Record<string, unknown[]> = {};
const [, , hostName, folder] = process.argv;
const host = HOSTS.find(({ name }) => name === hostName);
if (host === undefined) throw new Error(`no host ${hostName}`);
for (const [name, predictor] of Object.entries(PREDICTORS)) {
  // The bodies are refused before any schema sees them.
  if (folder !== undefined && name !== "valibot") continue;
  const running = await host.start(predictor, { remainingMs: 60_000 });
  await (folder === undefined ? sendElements(name, running) : sendDense(name, running, folder));
  await running.close();
}
const peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
process.stdout.write(`REPORT ${JSON.stringify({ answers, peakBytes } satisfies AttackedReport)}\n`, () =>
  process.exit(0),
);
