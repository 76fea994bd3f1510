/** As `Promise.all`, but throws only when all of the work has ended: a build that failed writes nothing more. */
export async function settled<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** Runs `work` on every item, at most `limit` at once. After a failure no more work begins, and the failure is thrown. */
export async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  // A lane that fails closes the generator, which ends the other lanes.
  const queue = generate(items);
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await settled(Array.from({ length: limit }, lane));
}

function* generate<T>(items: readonly T[]): Generator<T> {
  yield* items;
}
