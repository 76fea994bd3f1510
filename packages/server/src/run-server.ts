import type { AddressInfo } from "node:net";
import { createLogger } from "@tricast/core/adapter";
import { SERVER } from "./platform.ts";
import type { InferenceServer, StopReport } from "./server.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Listens, and stops at the first signal. Resolves with the exit code: 0 when everything in flight was answered and the
 * models are released, 1 when the grace was over first, or a second signal came.
 * @throws {TricastError} `invalid-option` when it cannot listen.
 */
export async function runServer(
  server: InferenceServer,
  onListening: (address: AddressInfo) => void = logAddress,
): Promise<0 | 1> {
  const log = createLogger(SERVER);
  const stopped = stopOnSignal(server);
  onListening(await server.listen());
  const report = await stopped;
  if (report.finished) {
    log.info("stopped");
    return 0;
  }
  log.error("stopped before everything was finished", { unfinished: report.unfinished });
  return 1;
}

function logAddress({ address, port }: AddressInfo): void {
  createLogger(SERVER).info("listening", { address, port });
}

/** Resolves when the server has stopped, or is told to a second time. */
function stopOnSignal(server: InferenceServer): Promise<StopReport> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++;
      createLogger(SERVER).info("stopping", { signal });
      if (signals > 1) resolve({ finished: false, unfinished: server.unfinished });
      else void server.stop().then(resolve);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}
