/** Lambda stops an on-demand init after 10 s and runs it again, billed, inside the first invocation. */
const INIT_GUARD_MS = 9_500;

/** Resolves with `started`, or earlier if waiting longer would lose the init phase. */
export async function readyInInit(started: Promise<void>): Promise<void> {
  const type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE ?? "on-demand";
  if (type !== "on-demand") return started;
  const leftMs = INIT_GUARD_MS - process.uptime() * 1_000;
  if (leftMs <= 0) return;
  let timer: NodeJS.Timeout | undefined;
  const guard = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, leftMs);
  });
  await Promise.race([started, guard]);
  clearTimeout(timer);
}
