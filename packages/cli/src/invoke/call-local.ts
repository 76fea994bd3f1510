import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type AnyPredictor, isPredictor, TricastError } from "@tricast/core";
import { createService, messageOf } from "@tricast/core/adapter";
import { type InvokeAnswer, parseServerTiming, round } from "./call-endpoint.ts";

const HEADERS = { "content-type": "application/json" };

/** Imports the predictor of a folder. @throws {TricastError} `missing-export`. */
export async function importPredictor(folder: string): Promise<AnyPredictor> {
  const file = ["ts", "mts", "js", "mjs"].map((one) => join(folder, `predict.${one}`)).find((one) => existsSync(one));
  if (file === undefined) throw missing(`${folder} does not have a predict.ts`);
  // Log lines go to standard output, which must contain only the response.
  process.env.TRICAST_LOG_LEVEL ??= "error";
  try {
    const { default: predictor } = await import(pathToFileURL(file).href);
    if (isPredictor(predictor)) return predictor;
  } catch (cause) {
    const what = `${file} does not load: ${messageOf(cause)}; correct the file, or install what it imports`;
    throw new TricastError("missing-export", what, { cause });
  }
  throw missing(`the default export of ${file} is not a predictor`);
}

/** Answers one input in this process, through the same pipeline as on every platform. */
export async function callLocal(predictor: AnyPredictor, body: string): Promise<InvokeAnswer> {
  const service = createService(predictor);
  const begin = performance.now();
  try {
    const request = { method: "POST", path: "/predict", query: "", headers: HEADERS, body };
    const answer = await service.handle(request, { id: randomUUID(), platform: "local", native: undefined });
    const { status, headers } = answer;
    return {
      status,
      body: typeof answer.body === "string" ? JSON.parse(answer.body) : answer.body,
      cold: headers["x-tricast-cold-start"] === "true",
      instance: String(headers["x-tricast-instance"]),
      timings: parseServerTiming(String(headers["server-timing"] ?? "")),
      totalMs: round(performance.now() - begin),
    };
  } finally {
    await service.close();
  }
}

function missing(what: string): TricastError {
  return new TricastError("missing-export", `${what}; write: export default definePredictor({ ... })`);
}
