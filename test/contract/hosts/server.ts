import { createServer } from "@tricast/server";
import { SERVER } from "../../../packages/server/src/platform.ts";
import { send } from "../../e2e/support/wire-client.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";
import { setRequestTimeout } from "./request-timeout.ts";

/** The server on a port of its own, as a container runs it. */
export const SERVER_HOSTS: readonly ContractHost[] = [
  contractHost({
    name: "tricast server",
    platform: SERVER,
    pings: "http",
    // On Cloud Run the server reads the request timeout once, when it starts.
    deadline: "settable",
    streams: true,
    async start(predictor, { remainingMs }) {
      const restore = setRequestTimeout(remainingMs);
      const server = createServer(predictor, { host: "127.0.0.1", port: 0 });
      restore();
      const { port } = await server.listen();
      return {
        send: (request) => send(`http://127.0.0.1:${port}`, request),
        close: async () => void (await server.stop()),
      };
    },
  }),
];
