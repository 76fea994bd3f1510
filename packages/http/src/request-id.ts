/** Ids that are safe to log and to send back. */
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;

/** The `x-request-id` of the caller or its proxy, so that their log lines and ours agree; else 16 letters and digits. */
export function toRequestId({ "x-request-id": given }: Readonly<Record<string, unknown>>): string {
  if (typeof given === "string" && REQUEST_ID.test(given)) return given;
  const half = () => Math.random().toString(36).slice(2, 10).padEnd(8, "0");
  return half() + half();
}
