import { createHmac } from "node:crypto";

export interface Signable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that are signed by their position: learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
const POSITIONAL = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/** The header `Authorization` of a request. All other headers, including `x-ms-date`, must be final. */
export function signSharedKey(request: Signable, account: string, key: string): string {
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(stringToSign(request, account))
    .digest("base64");
  return `SharedKey ${account}:${signature}`;
}

export function stringToSign({ method, url, headers }: Signable, account: string): string {
  const positional = POSITIONAL.map((name) =>
    name === "content-length" && headers[name] === "0" ? "" : (headers[name] ?? ""),
  );
  const custom = Object.entries(headers)
    .filter(([name]) => name.startsWith("x-ms-"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`);
  return `${[method, ...positional].join("\n")}\n${custom.join("")}${resource(url, account)}`;
}

function resource(url: URL, account: string): string {
  const names = [...new Set(url.searchParams.keys())].sort();
  const parameters = names.map((name) => `\n${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(",")}`);
  return `/${account}${url.pathname}${parameters.join("")}`;
}
