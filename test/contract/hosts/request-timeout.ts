const VARIABLE = "CLOUD_RUN_TIMEOUT_SECONDS";

/** Sets the variable of the request timeout as Cloud Run does. Returns a function that restores it. */
export function setRequestTimeout(remainingMs: number | undefined): () => void {
  if (remainingMs === undefined) return () => {};
  process.env[VARIABLE] = String(remainingMs / 1_000);
  return () => {
    delete process.env[VARIABLE];
  };
}
