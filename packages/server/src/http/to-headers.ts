/** From the raw list: Node's own object drops repeats of some headers, such as `content-type`. */
export function toHeaders(rawHeaders: readonly string[]): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    const before = headers[name];
    // RFC 9113, 8.2.3: several cookie fields are one, joined with a semicolon.
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return headers;
}
