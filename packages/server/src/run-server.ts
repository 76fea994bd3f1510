import type { AddressInfo } from "node:net";
import { createLogger } from "@tricast/core/adapter";
import { SERVER } from "./platform.ts";
import type { InferenceServer, StopReport } from "./server.ts";

/**
 * Listens, and stops at the first SIGTERM or SIGINT. Resolves with the exit code: 0 if all requests were answered and the
 * models are released; 1 if the grace period ended before that, or if a second signal arrived.
 * @throws {TricastError} `invalid-option` if the server cannot listen.
 */
export async function runServer(
  server: InferenceServer,
  onListening = ({ address, port }: AddressInfo): void => createLogger(SERVER).info("listening", { address, port }),
): Promise<0 | 1> {
  const log = createLogger(SERVER);
  const stopped = stopOnSignal(server);
  onListening(await server.listen());
  const report = await stopped;
  if (report.finished) {
    log.info("stopped");
    return 0;
  }
  log.error("stopped before all requests were answered and all models were released", {
    unfinished: report.unfinished,
  });
  return 1;
}

/** Resolves when the server has stopped, or at the second signal. */
function stopOnSignal(server: InferenceServer): Promise<StopReport> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++;
      createLogger(SERVER).info("stopping", { signal });
      if (signals > 1) resolve({ finished: false, unfinished: server.unfinished });
      else void server.stop().then(resolve);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  });
}
