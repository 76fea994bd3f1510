import type { ErrorCode } from "@tricast/core";

export interface ErrorProse {
  /** Who has to act: the caller, whoever supplies the model, or whoever wrote or runs the service. */
  readonly group: "client" | "model" | "server";
  readonly when: string;
  readonly fix: string;
}

/** What the table of codes cannot say. Typed by the code, so that a new code without prose fails the type check. */
export const ERROR_PROSE: Readonly<Record<ErrorCode, ErrorProse>> = {
  "invalid-json": {
    group: "client",
    when: "The body is empty, or its text (one line of it, for NDJSON) is not JSON, or has more than 1,000 lists and objects within each other and nobody could walk it.",
    fix: "Send one JSON document. The detail names the place where parsing stopped.",
  },
  "invalid-body": {
    group: "client",
    when: "The bytes do not decode as what their headers claim: text that is not UTF-8, broken gzip, brotli or zstd, broken base64 inside a platform event, a CSV row of the wrong width, or a body that ended early.",
    fix: "Make `content-type` and `content-encoding` say what the body is. For CSV the detail names the line or row.",
  },
  unauthorized: {
    group: "client",
    when: "The caller gave no credentials, or wrong ones: `predict` says so, or the server, where keys or tokens are configured. On functions tricast leaves authentication to the platform.",
    fix: "Send the credentials that the service asks for.",
  },
  forbidden: {
    group: "client",
    when: "`predict` threw it because the caller is known and may not do this. tricast itself never throws it.",
    fix: "Ask whoever runs the service for access.",
  },
  "not-found": {
    group: "client",
    when: "No route has this path; or `predict` threw it for something that the input names.",
    fix: "Use one of the routes in the detail; [HTTP](http.md) lists them.",
  },
  "method-not-allowed": {
    group: "client",
    when: "The route exists and does not take this method.",
    fix: "Use a method of the `allow` header.",
  },
  "already-loaded": {
    group: "client",
    when: "A request to the server asked it to load a model that it holds under that name.",
    fix: "Unload the model first, or choose another name.",
  },
  "body-too-large": {
    group: "client",
    when: "The body, counted after decompression, is over `limits.bodyBytes`; or its rows are over `limits.instances`.",
    fix: "Send less at once, or raise the limit in the predictor, as far as the platform's own limit allows.",
  },
  "unsupported-media-type": {
    group: "client",
    when: "The content type is none that tricast decodes, and the predictor has no decoder for it.",
    fix: "Send a type of the detail's list. `curl -d` sends a form unless told otherwise: add `-H 'content-type: application/json'`.",
  },
  "unsupported-encoding": {
    group: "client",
    when: "The content encoding is none of those in `accept-encoding` of the answer.",
    fix: "Compress with one of those, or not at all.",
  },
  "invalid-input": {
    group: "client",
    when: "The decoded input does not match the predictor's input schema, or `parameters` is not an object.",
    fix: "`errors` names every wrong place as a JSON Pointer into the body, each with its rule.",
  },
  "invalid-tensor": {
    group: "client",
    when: "The input of a predictor without code does not match the model's own inputs: a missing or unknown name, a wrong type, shape or range.",
    fix: "The detail names the input, what the model expects and what came. `GET /metadata` shows the model's inputs.",
  },
  overloaded: {
    group: "client",
    when: "The server already had as many requests in flight and waiting as its options allow, or a model as many runs as `execution.maxQueue` of `onnx()`. The request was not begun.",
    fix: "Try again after `retry-after`, with fewer requests at a time; or run more instances, or raise `maxInFlight` and `maxQueue`.",
  },
  "request-cancelled": {
    group: "client",
    when: "The client closed the connection before the answer was ready, on platforms that tell. It is seen in logs, as nobody is left to read it.",
    fix: "Raise the client's own timeout, or send less at once.",
  },
  "predict-failed": {
    group: "server",
    when: "`predict` or `predictBatch` threw an error without a tricast code, or gave a model inputs that do not fit it, or the model failed while running.",
    fix: "The log line holds the error with its stack. For what the caller got wrong, throw a `TricastError` with a code of the client group.",
  },
  "invalid-output": {
    group: "server",
    when: "What `predict` returned does not match the output schema or cannot be written as JSON, or `predictBatch` returned another number of outputs than it got inputs.",
    fix: "The log line names the place. Correct `predict` or the output schema.",
  },
  "response-too-large": {
    group: "server",
    when: "The encoded answer is over what the platform carries (6 MB for a Lambda invocation, 1 MB behind an Application Load Balancer).",
    fix: "Ask for fewer instances at once, or store the result and answer with its address.",
  },
  internal: {
    group: "server",
    when: "An error without a code arose outside of `predict`.",
    fix: "The log line holds the error with its stack. If the stack is tricast's own, it is a bug: please report it.",
  },
  "not-implemented": {
    group: "server",
    when: "A protocol has an operation that this server or this model does not offer, such as loading a model where the models are fixed.",
    fix: "The detail says what is missing and what would offer it.",
  },
  "model-loading": {
    group: "model",
    when: "The deadline of the request came before the model had finished loading.",
    fix: "Try again after `retry-after`. To have no request wait, keep instances warm; see [Warmup](warmup.md).",
  },
  "model-not-found": {
    group: "model",
    when: "The model file is in none of the places that were looked at.",
    fix: "The log line lists every place that was tried. Ship the file with the bundle, or set `TRICAST_MODEL_<NAME>`.",
  },
  "model-invalid": {
    group: "model",
    when: "The file is there and the runtime cannot use it: truncated, of another format, or with operators this runtime does not have.",
    fix: "The log line holds the runtime's own message. Export the model again, or use a runtime that has its operators.",
  },
  "model-load-failed": {
    group: "model",
    when: "Loading failed for another reason, such as `load` throwing or a store that cannot be reached.",
    fix: "The log line holds the cause. Loading is tried again on a later request, after a pause that grows from 0.5 s to 30 s.",
  },
  "warmup-failed": {
    group: "model",
    when: "The model loaded, and predicting the first of `examples`, on the server any of them, failed. The instance then takes no traffic.",
    fix: "The log line holds the error. Correct the example, `predict` or the model, whichever of them is wrong.",
  },
  "worker-crashed": {
    group: "server",
    when: "The worker thread that ran the model ended while this request ran in it, usually because memory ran out. Another worker takes its place, and requests that had not begun wait for it.",
    fix: "Try again after `retry-after`. If it comes back, the log tells how the worker ended: give the service more memory, or a smaller `execution.maxBatchRows`.",
  },
  "shutting-down": {
    group: "server",
    when: "The request reached an instance that has begun to stop.",
    fix: "Try again: the next request reaches another instance.",
  },
  "no-memory": {
    group: "model",
    when: "The server was asked to load another model, and by the size of its file it would not fit into the memory that is left.",
    fix: "Unload a model first, or give the server more memory. SageMaker does the former by itself.",
  },
  "deadline-exceeded": {
    group: "server",
    when: "The prediction was not finished when the platform's deadline or `limits.timeoutMs` came. `signal` in the context of `predict` aborts at that moment.",
    fix: "Send less at once, raise the timeout, or give the instance more memory, with which CPU comes on most platforms.",
  },
  "unsupported-event": {
    group: "client",
    when: "The event comes from a service that this adapter does not serve (on AWS: Cognito, Lex, Firehose, Kafka, S3 ...), or a record of a DynamoDB stream has no new image.",
    fix: "Send the input another way. The detail names the service, the keys seen and the ways in.",
  },
  "invalid-definition": {
    group: "server",
    when: "`definePredictor` was called with something that cannot work. It is thrown when the module loads, so the instance does not start.",
    fix: "The message names the field, the value seen and the rule.",
  },
  "invalid-option": {
    group: "server",
    when: "An adapter or another function of tricast was given an unknown option or a value outside its rule. It is thrown at the call.",
    fix: "The message names the option and, for a misspelt name, the nearest one there is.",
  },
  "store-not-found": {
    group: "model",
    when: "The store has no object, version or alias of this name.",
    fix: "The log line names the address that was asked for. Publish the model there, or correct the address.",
  },
  "store-denied": {
    group: "model",
    when: "The store refused the credentials, or there are none.",
    fix: "Give the function's role or identity the right to read the store.",
  },
  "store-unavailable": {
    group: "model",
    when: "The store could not be reached, or kept failing, after the attempts it is given.",
    fix: "Loading is tried again on a later request. If it goes on, look at the network and at the store's own status.",
  },
  "store-conflict": {
    group: "model",
    when: "Somebody else published or moved the same version or alias at the same time.",
    fix: "Read the store again, and repeat the change if it is still wanted.",
  },
  "digest-mismatch": {
    group: "model",
    when: "The bytes that were read do not have the digest that the manifest gives them. They are never used.",
    fix: "Publish the model again: what is stored is not what was published.",
  },
  "disk-full": {
    group: "model",
    when: "The model does not fit into the disk space or memory that the instance has for it.",
    fix: "Give the instance more ephemeral storage or memory, or ship the model inside the package.",
  },
  "missing-dependency": {
    group: "server",
    when: "A feature needs a package that is not installed.",
    fix: "Install the package that the message names.",
  },
  "bundle-failed": {
    group: "server",
    when: "`tricast build` could not bundle the handler, or its bundle failed when a fresh process loaded it as the platform does: a package that is not installed, a dynamic require, a file that is missing, code that throws.",
    fix: "The message holds the bundler's or Node's own words, with the place in the source.",
  },
  "missing-export": {
    group: "server",
    when: "`tricast build` found no handler file for the target, or a file that does not give the platform what it looks for: no `handler` on AWS, no registered function on Azure or Google, no predictor as default export of `predict.ts`.",
    fix: "Write the file that the message names; it shows the lines to put in.",
  },
  "wrong-architecture": {
    group: "server",
    when: "A native file of an artefact is for another processor, another C library (musl) or a newer glibc than the target has, or the target does not run on this architecture.",
    fix: "Install the package for the target, as the message says, or choose the other `--arch`.",
  },
  "over-budget": {
    group: "server",
    when: "`tricast build` would make an artefact that the platform refuses: too large, or in too many layers. Nothing is written.",
    fix: "The message lists the largest files and the ways out: layers, an image, a model in a store, arm64.",
  },
  "image-base-unreadable": {
    group: "server",
    when: "A build was given a base image that is not there, is no image, or whose bytes do not match their digests.",
    fix: "The message names the place and what was found there. Give an OCI layout folder, a tarball of an image or of a root file system, or a registry reference that can be pulled.",
  },
  "image-base-unsuitable": {
    group: "server",
    when: "The base image is readable and cannot carry the artefact: another architecture, musl where glibc is needed, or no way to start a Lambda function.",
    fix: "Use the base image that the message proposes.",
  },
  "registry-denied": {
    group: "server",
    when: "The container registry refused the credentials, or there are none for it in the Docker configuration.",
    fix: "Run `docker login` for the registry that the message names, or write its credentials or helper into `~/.docker/config.json`.",
  },
  "registry-unavailable": {
    group: "server",
    when: "The container registry could not be reached, kept failing, or answered something that is no registry's answer.",
    fix: "Look at the address in the message. A registry without TLS is refused unless it is on this machine or `insecure` is set.",
  },
  "credentials-missing": {
    group: "server",
    when: "A command speaks to a cloud or to a protected endpoint, and neither the environment nor the cloud's own tool has credentials for it.",
    fix: "Set the variable or log in with the tool that the message names. `tricast doctor` looks for all of them.",
  },
  "deploy-failed": {
    group: "server",
    when: "A tool of a cloud ended with an error, the live endpoint answered its examples wrongly, or there is nothing to go back to.",
    fix: "The message ends with what the tool said. Run `tricast doctor TARGET`, then the command again: it takes up where things are.",
  },
  "endpoint-unreachable": {
    group: "server",
    when: "Nothing answers at the address of an endpoint: no such host, no connection, or no answer in time.",
    fix: "Look at the address and the reason in the message. A first answer waits for the model; ask again.",
  },
};
