import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyPredictor } from "@tricast/core";
import { createService, type InferenceRequest } from "@tricast/core/adapter";
import { ROOT } from "../../../scripts/check/repository.ts";
import { splitWords } from "./shell-lines.ts";

export interface CurlAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends the request of a curl command to the example predictor that its URL names (default: iris).
 * The address does not matter: every platform answers alike, which the contract suite proves.
 * @throws {Error} for an unsupported option of curl.
 */
export async function executeCurl(line: string): Promise<CurlAnswer> {
  const { url, request } = parseCurl(line);
  const name = /\/(digits|language|iris)(?=\/|$)/.exec(url.pathname)?.[1] ?? "iris";
  const { default: predictor } = (await import(join(ROOT, "handlers", name, "predict.ts"))) as {
    default: AnyPredictor;
  };
  const mounted = url.pathname.indexOf(`/${name}`);
  const basePath = mounted === -1 ? undefined : url.pathname.slice(0, mounted + name.length + 1);
  const service = createService(predictor, { basePath });
  const response = await service.handle(request, { id: "docs", platform: "local", native: undefined, log: () => {} });
  await service.close();
  return { status: response.status, body: String(response.body) };
}

/** The request of a curl command. */
export function parseCurl(line: string): { readonly url: URL; readonly request: InferenceRequest } {
  const words = splitWords(line).slice(1);
  const headers: Record<string, string> = {};
  let method: string | undefined;
  let body: string | Uint8Array | undefined;
  let address: string | undefined;
  const value = (flag: string): string => words.shift() ?? fail(`curl ${flag} takes a value`);
  while (words.length > 0) {
    const word = words.shift() as string;
    if (["-s", "-S", "-sS", "-i", "-f", "--silent", "--include", "--fail"].includes(word)) continue;
    if (word === "-X" || word === "--request") method = value(word);
    else if (word === "-H" || word === "--header") {
      const [name = "", ...rest] = value(word).split(":");
      headers[name.trim().toLowerCase()] = rest.join(":").trim();
    } else if (word === "--json") {
      headers["content-type"] ??= "application/json";
      body = value(word);
    } else if (["-d", "--data", "--data-raw", "--data-binary"].includes(word)) {
      headers["content-type"] ??= "application/x-www-form-urlencoded";
      const data = value(word);
      body = data.startsWith("@") && word !== "--data-raw" ? readFileSync(join(ROOT, data.slice(1))) : data;
    } else if (word.startsWith("-"))
      fail(`curl ${word}: parse it in test/repo/support/curl.ts before a document shows it`);
    else address = word;
  }
  const url = new URL(address ?? fail("curl without an address"));
  const request = {
    method: method ?? (body === undefined ? "GET" : "POST"),
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    body,
  };
  return { url, request };
}

function fail(message: string): never {
  throw new Error(message);
}
