import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { createLogger, DEFAULT_BODY_BYTES } from "@tricast/core/adapter";
import { FixedHost } from "./hosts/fixed-host.ts";
import { FolderHost } from "./hosts/folder/folder-host.ts";
import type { ModelOnDisk } from "./hosts/folder/scan-folder.ts";
import type { ServerOptions } from "./options/options.ts";
import { SERVER } from "./platform.ts";
import { runServer } from "./run-server.ts";
import { InferenceServer } from "./server.ts";
import { readSettings } from "./settings.ts";

/**
 * Serves one predictor, or several, in this process: every protocol, health, metrics, and a stop on SIGTERM or SIGINT
 * that lets requests in flight finish. Ends the process: with 0 after a stop, with 1 when that took too long or the port
 * cannot be had.
 *
 * @param options What is left out is read from the environment: docs/reference/server.md.
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule; `invalid-definition`.
 * @example
 * import { serve } from "@tricast/server";
 * import predictor from "./predict.ts";
 * serve(predictor);
 */
export function serve(predictors: AnyPredictor | readonly AnyPredictor[], options: ServerOptions = {}): void {
  const server = createServer(predictors, options);
  runServer(server).then(
    (code) => process.exit(code),
    (error: unknown) => {
      createLogger(SERVER).error(error instanceof Error ? error.message : String(error), { error });
      process.exit(1);
    },
  );
}

/**
 * The same server for a process that is more than it: it neither handles signals nor exits.
 * @throws {TricastError} as {@link serve}.
 * @example
 * const server = createServer(predictor, { port: 0 });
 * const { port } = await server.listen();
 * await server.stop();
 */
export function createServer(
  predictors: AnyPredictor | readonly AnyPredictor[],
  options: ServerOptions = {},
): InferenceServer {
  const all = Array.isArray(predictors) ? (predictors as readonly AnyPredictor[]) : [predictors as AnyPredictor];
  const host = new FixedHost(all);
  return new InferenceServer(host, readSettings(options, mostBodyBytes(all)));
}

export interface FolderServerOptions {
  /** A folder of models: see docs/8-server.md, "A folder of models". */
  readonly root: string;
  /** The predictor of one model of the folder; `maxBodyBytes` is the server's, to be the predictor's limit too. */
  open(model: ModelOnDisk, maxBodyBytes: number): AnyPredictor;
}

/**
 * A server of the models in a folder, which load and unload by name while it runs. Where SageMaker says what to load
 * (`SAGEMAKER_MULTI_MODEL`) it begins with none; else it is ready when all are.
 * @throws {TricastError} `invalid-option`, also where `root` is no folder.
 */
export function createFolderServer({ root, open }: FolderServerOptions, options: ServerOptions = {}): InferenceServer {
  checkFolder(root);
  const settings = readSettings(options, DEFAULT_BODY_BYTES);
  const host = new FolderHost({
    root: resolve(root),
    loadAll: settings.env.SAGEMAKER_MULTI_MODEL !== "true",
    open: (model) => open(model, settings.maxBodyBytes),
  });
  return new InferenceServer(host, settings);
}

function checkFolder(root: string): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new TricastError("invalid-option", `${JSON.stringify(root)} is not a folder; give a folder of models`);
}

function mostBodyBytes(predictors: readonly AnyPredictor[]): number {
  return Math.max(...predictors.map(({ definition }) => definition.limits?.bodyBytes ?? DEFAULT_BODY_BYTES));
}
