import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { createLogger, DEFAULT_BODY_BYTES, messageOf } from "@tricast/core/adapter";
import { FixedHost } from "./hosts/fixed-host.ts";
import { FolderHost } from "./hosts/folder/folder-host.ts";
import type { ModelOnDisk } from "./hosts/folder/scan-folder.ts";
import type { ServerOptions } from "./options/options.ts";
import { SERVER } from "./platform.ts";
import { runServer } from "./run-server.ts";
import { InferenceServer } from "./server.ts";
import { readSettings } from "./settings.ts";

/**
 * Serves one predictor, or several, in this process: all protocols, health checks and metrics. SIGTERM and SIGINT stop the
 * server, after the requests in flight. Ends the process: with 0 after a stop, with 1 if the stop took too long or the
 * server cannot listen on its port.
 *
 * @param options Default for each: its environment variable, see docs/reference/server.md.
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
      createLogger(SERVER).error(messageOf(error), { error });
      process.exit(1);
    },
  );
}

/**
 * The same server, for a process that does more than serve. It does not handle signals and does not end the process.
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
  /** Makes the predictor of one model of the folder. `maxBodyBytes` is the server's limit, for `limits.bodyBytes`. */
  open(model: ModelOnDisk, maxBodyBytes: number): AnyPredictor;
}

/**
 * A server of the models in a folder, which can be loaded and unloaded by name while it runs. It is ready when all models
 * are loaded. With `SAGEMAKER_MULTI_MODEL`, it starts without models, because SageMaker loads them.
 * @throws {TricastError} `invalid-option`, also if `root` is not a folder.
 */
export function createFolderServer({ root, open }: FolderServerOptions, options: ServerOptions = {}): InferenceServer {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new TricastError("invalid-option", `root is ${JSON.stringify(root)}; it must be a folder of models`);
  const settings = readSettings(options, DEFAULT_BODY_BYTES);
  const host = new FolderHost({
    root: resolve(root),
    loadAll: settings.env.SAGEMAKER_MULTI_MODEL !== "true",
    open: (model) => open(model, settings.maxBodyBytes),
  });
  return new InferenceServer(host, settings);
}

function mostBodyBytes(predictors: readonly AnyPredictor[]): number {
  return Math.max(...predictors.map(({ definition }) => definition.limits?.bodyBytes ?? DEFAULT_BODY_BYTES));
}
