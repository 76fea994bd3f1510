/** A token, and when it must be replaced. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Google and Azure hand out the same token again until about 5 minutes before its end. */
const MARGIN_MS = 3 * 60_000;

/** Fetches a token when the last one is absent or about to expire; concurrent callers share one request. A failure is not kept. */
export function cacheToken(fetchToken: () => Promise<Token>): () => Promise<string> {
  let pending: Promise<Token> | undefined;
  let current: Token | undefined;
  return async () => {
    if (current !== undefined && Date.now() < current.expires - MARGIN_MS) return current.value;
    pending ??= fetchToken().finally(() => {
      pending = undefined;
    });
    current = await pending;
    return current.value;
  };
}
