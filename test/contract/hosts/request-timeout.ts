const VARIABLE = "CLOUD_RUN_TIMEOUT_SECONDS";

/** Sets what Cloud Run tells its containers of the request timeout. Returns the way back. */
export function setRequestTimeout(remainingMs: number | undefined): () => void {
  if (remainingMs === undefined) return () => {};
  process.env[VARIABLE] = String(remainingMs / 1_000);
  return () => {
    delete process.env[VARIABLE];
  };
}
