import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { recognisePing } from "@tricast/core/adapter";
import { startEnvironments } from "./environments.ts";
import { listen } from "./live-endpoint.ts";
import { isSigned } from "./sigv4.ts";

export interface LambdaService {
  readonly url: string;
  /** By function: the alias' version. */
  readonly aliases: Map<string, string>;
  /** Environments that were started for invocations. */
  readonly environments: () => number;
}

/**
 * The part of Lambda's API that the command line calls, for a region of one account: signatures are checked, an environment
 * serves one invocation at a time, and pings hold it as the core says.
 */
export async function startLambdaService(versions: readonly string[], region = "eu-central-1"): Promise<LambdaService> {
  const aliases = new Map<string, string>();
  const environments = startEnvironments();
  const invoke = async (event: unknown) => ({
    type: "warmer",
    serverId: await environments.hold(recognisePing(event)?.holdMs ?? 0),
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (!isSigned(request, body, { region, service: "lambda" }))
      return send(403, { message: "The request signature does not match" });
    const [, name = "", rest = ""] = /^\/2015-03-31\/functions\/([^/]+)\/(.+)$/.exec(request.url ?? "") ?? [];
    if (request.method === "POST" && rest === "invocations?Qualifier=live")
      return send(200, await invoke(JSON.parse(body)));
    if (request.method === "GET" && rest === "aliases/live")
      return send(200, { FunctionVersion: aliases.get(name) ?? versions.at(-1) });
    if (request.method === "GET" && rest.startsWith("versions")) return send(200, pageOf(versions, rest));
    if (request.method !== "PUT" || rest !== "aliases/live")
      return send(404, { message: `no ${request.method} ${request.url}` });
    const { FunctionVersion, RoutingConfig } = JSON.parse(body);
    if (JSON.stringify(RoutingConfig) !== '{"AdditionalVersionWeights":{}}')
      return send(400, { message: "weights are left" });
    aliases.set(name, FunctionVersion);
    return send(200, { FunctionVersion });
  };
  return { url: await listen(answer), aliases, environments: environments.count };
}

/** One version per page, so that whoever reads one page only is found out. */
function pageOf(versions: readonly string[], query: string) {
  const all = ["$LATEST", ...versions];
  const at = Number(new URL(query, "http://host").searchParams.get("Marker") ?? 0);
  const next = at + 1 < all.length ? String(at + 1) : null;
  return { Versions: [{ Version: all[at] }], NextMarker: next };
}
