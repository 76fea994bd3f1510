/** A token and its expiry. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Google and Azure return the same token until about 5 minutes before it expires. */
const MARGIN_MS = 3 * 60_000;

/** Fetches a token if the last one is absent or about to expire. Concurrent calls share one request. A failure is not cached. */
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
