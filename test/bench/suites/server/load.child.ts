// Sends requests over a number of connections, each when the one before is answered, and counts the answers.
import { get, HttpClient, postJson } from "./http-client.ts";

export interface LoadTask {
  readonly port: number;
  /** What to send to `/predict`; without it, `/health` is asked every 10 ms over one connection. */
  readonly body?: unknown;
  readonly connections: number;
  /** Before anything counts. */
  readonly warmMs: number;
  readonly ms: number;
}

export interface LoadAnswer {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** As often as an impatient orchestrator. */
const HEALTH_EVERY_MS = 10;

process.on("message", (task: LoadTask) => {
  run(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));

async function run({ port, body, connections, warmMs, ms }: LoadTask): Promise<LoadAnswer> {
  const request = body === undefined ? get("/health") : postJson("/predict", body);
  const clients = await Promise.all(Array.from({ length: connections }, () => HttpClient.open(port, request)));
  const begin = performance.now() + warmMs;
  const end = begin + ms;
  const latencies: number[] = [];
  let failed = 0;
  // A request counts if it ends within the time, so the count gives answers per second. A health check also counts if
  // it ends later.
  const counts = (now: number) => now >= begin && (now < end || body === undefined);
  const loop = async (client: HttpClient): Promise<void> => {
    for (let sent = performance.now(); sent < end; sent = performance.now()) {
      const { status } = await client.send();
      const now = performance.now();
      if (status !== 200) failed++;
      if (counts(now)) latencies.push(now - sent);
      if (body === undefined) await new Promise((resolve) => setTimeout(resolve, HEALTH_EVERY_MS));
    }
  };
  await Promise.all(clients.map(loop));
  for (const client of clients) client.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return { requests: latencies.length, failed, seconds: ms / 1000, p50: at(0.5), p99: at(0.99) };
}
