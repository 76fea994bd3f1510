export interface Environments {
  /** Serves one request for so long, in an environment that serves no other; gives its id. */
  readonly hold: (milliseconds: number) => Promise<string>;
  /** Environments that were started. */
  readonly count: () => number;
}

/** A platform that starts an environment for each request that finds all others busy. */
export function startEnvironments(): Environments {
  const free: string[] = [];
  let started = 0;
  const hold = async (milliseconds: number) => {
    const id = free.pop() ?? `environment-${started++}`;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    free.push(id);
    return id;
  };
  return { hold, count: () => started };
}
