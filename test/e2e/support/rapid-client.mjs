// aws-lambda-ric posts buffered replies through a native addon, built at install by a script this repository does not
// run. This is loaded before it (`--import`) and answers its `require("./rapid-client.node")` with the same three
// functions over node:http. Everything else of the client is AWS's own.
import { Agent, request } from "node:http";
import { registerHooks } from "node:module";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** @param {string} path @param {string} body @param {Record<string, string>} headers */
function post(path, body, headers) {
  const [host, port] = String(process.env.AWS_LAMBDA_RUNTIME_API).split(":");
  const bytes = Buffer.from(body, "utf8");
  const sent = request({
    host,
    port,
    path: `/2018-06-01/runtime/invocation/${path}`,
    method: "POST",
    agent,
    headers: { "Content-Type": "application/json", "Content-Length": bytes.length, ...headers },
  });
  sent.on("response", (response) => response.resume());
  sent.on("error", (error) => {
    process.stderr.write(`runtime API: ${error.message}\n`);
    process.exitCode = 1;
  });
  sent.end(bytes);
}

globalThis[Symbol.for("tricast.test.rapid-client")] = {
  /** Never called: the client fetches work itself under AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1. */
  next() {
    throw new Error("set AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1=true");
  },
  /** @param {string} id @param {string} body */
  done(id, body) {
    post(`${id}/response`, body, {});
  },
  /** @param {string} id @param {string} body @param {string} xray */
  error(id, body, xray) {
    const { errorType } = JSON.parse(body);
    post(`${id}/error`, body, {
      "Lambda-Runtime-Function-Error-Type": errorType,
      "Lambda-Runtime-Function-XRay-Error-Cause": xray,
    });
  },
};

const STAND_IN = "tricast:rapid-client.cjs";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "./rapid-client.node") return next(specifier, context);
    return { url: STAND_IN, format: "commonjs", shortCircuit: true };
  },
  load(url, context, next) {
    if (url !== STAND_IN) return next(url, context);
    const source = 'module.exports = globalThis[Symbol.for("tricast.test.rapid-client")];';
    return { format: "commonjs", source, shortCircuit: true };
  },
});
