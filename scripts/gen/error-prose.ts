import type { ErrorCode } from "@tricast/core";

export interface ErrorProse {
  /** Who has to act: the caller, the supplier of the model, or the author or operator of the service. */
  readonly group: "client" | "model" | "server";
  readonly when: string;
  readonly fix: string;
}

/** The text of the error reference. Typed by the code, so that a new code without text fails the type check. */
export const ERROR_PROSE: Readonly<Record<ErrorCode, ErrorProse>> = {
  "invalid-json": {
    group: "client",
    when: "The body is empty, or its text (one line of it, for NDJSON) is not JSON, or it nests lists and objects more than 1,000 levels deep.",
    fix: "Send one JSON document. The detail names the place where parsing stopped.",
  },
  "invalid-body": {
    group: "client",
    when: "The bytes do not match their headers: text that is not UTF-8, broken gzip, brotli or zstd, broken base64 inside a platform event, a CSV row of the wrong width, or a body that ended early.",
    fix: "Set `content-type` and `content-encoding` to match the body. For CSV the detail names the line or row.",
  },
  unauthorized: {
    group: "client",
    when: "The credentials of the caller are missing or wrong. `predict` or a guard throws it. The server throws it if keys or tokens are configured. In functions, the platform authenticates callers, not tricast.",
    fix: "Send the credentials that the service needs.",
  },
  forbidden: {
    group: "client",
    when: "`predict` or a guard threw it: the caller is known, but may not do this. tricast itself never throws it.",
    fix: "Ask the operator of the service for access.",
  },
  "not-found": {
    group: "client",
    when: "No route has this path, or `predict` threw it because the input names something that does not exist.",
    fix: "Use one of the routes in the detail; [HTTP](http.md) lists them.",
  },
  "method-not-allowed": {
    group: "client",
    when: "The route exists, but does not accept this method.",
    fix: "Use a method of the `allow` header.",
  },
  "request-timeout": {
    group: "client",
    when: "The body of the request arrived too slowly: fewer than 2,500 bytes in five seconds, or not completely within `receiveTimeoutMs`.",
    fix: "Send the body as soon as its head, and check the connection. Compress large bodies.",
  },
  "already-loaded": {
    group: "client",
    when: "A request asked the server to load a model under a name that is already loaded.",
    fix: "Unload the model first, or choose another name.",
  },
  "body-too-large": {
    group: "client",
    when: "The body, counted after decompression, is larger than `limits.bodyBytes`; or it has more rows than `limits.instances`.",
    fix: "Send less at once, or raise the limit in the predictor, up to the platform's own limit.",
  },
  "unsupported-media-type": {
    group: "client",
    when: "Neither tricast nor the predictor has a decoder for the content type.",
    fix: "Send one of the types that the detail lists. `curl -d` sends a form by default: add `-H 'content-type: application/json'`.",
  },
  "unsupported-encoding": {
    group: "client",
    when: "The content encoding is not supported. `accept-encoding` of the response lists the supported ones.",
    fix: "Use a supported encoding, or send the body uncompressed.",
  },
  "invalid-input": {
    group: "client",
    when: "The decoded input does not match the predictor's input schema, or `parameters` is not an object.",
    fix: "`errors` lists every wrong place as a JSON Pointer into the body, each with its rule.",
  },
  "invalid-tensor": {
    group: "client",
    when: "The input of a predictor without code does not match the model's own inputs: a missing or unknown name, a wrong type, shape or range. Or an operator of the model cannot compute with its values, such as a token outside the vocabulary.",
    fix: "The detail names the input, the expected value and the value seen, or the operator and the runtime's reason. `GET /metadata` shows the model's inputs.",
  },
  overloaded: {
    group: "client",
    when: "The server is full (`maxInFlight` and `maxQueue`), or the queue of a model is (`execution.maxQueue` of `onnx()`). The request was not begun.",
    fix: "Try again after `retry-after`, with fewer requests at a time. Or run more instances, or raise `maxInFlight` and `maxQueue`.",
  },
  "request-cancelled": {
    group: "client",
    when: "The client closed the connection before the response was ready, on platforms that report it. The code appears in logs only, because the client is gone.",
    fix: "Raise the client's own timeout, or send less at once.",
  },
  "predict-failed": {
    group: "server",
    when: "`predict` or `predictBatch` threw an error without a tricast code, or passed inputs to a model that do not fit it, or the model failed while running. Without code, values that an operator refuses are `invalid-tensor`; memory, missing kernels and other faults of the server remain `predict-failed`.",
    fix: "The log line has the error with its stack. For mistakes of the caller, throw a `TricastError` with a code of the client group.",
  },
  "invalid-output": {
    group: "server",
    when: "The result of `predict` does not match the output schema or cannot be written as JSON, or `predictBatch` returned another number of outputs than it received inputs.",
    fix: "The log line names the place. Correct `predict` or the output schema.",
  },
  "response-too-large": {
    group: "server",
    when: "The encoded response is larger than the platform's limit (6 MB for a Lambda invocation, 1 MB behind an Application Load Balancer).",
    fix: "Send fewer instances at once, or store the result and return its address.",
  },
  internal: {
    group: "server",
    when: "Code outside of `predict` threw an error without a code.",
    fix: "The log line has the error with its stack. If the stack is tricast's own, it is a bug: please report it.",
  },
  "not-implemented": {
    group: "server",
    when: "This server or this model does not support an operation of the protocol, such as loading a model on a server with fixed models.",
    fix: "The detail names the missing part and how to get it.",
  },
  "model-loading": {
    group: "model",
    when: "The deadline of the request passed before the model had finished loading.",
    fix: "Try again after `retry-after`. To avoid the wait, keep instances warm; see [Warmup](warmup.md).",
  },
  "model-not-found": {
    group: "model",
    when: "The model file was not found.",
    fix: "The log line lists every place that was tried. Ship the file with the bundle, or set `TRICAST_MODEL_<NAME>`.",
  },
  "model-invalid": {
    group: "model",
    when: "The file exists, but the runtime cannot use it: it is truncated, has another format, or uses operators that this runtime does not have.",
    fix: "The log line has the runtime's own message. Export the model again, or use a runtime that supports its operators.",
  },
  "model-load-failed": {
    group: "model",
    when: "Loading failed for another reason, for example because `load` threw an error.",
    fix: "The log line has the cause. A later request tries again, after a pause that grows from 0.5 s to 30 s.",
  },
  "warmup-failed": {
    group: "model",
    when: "The model loaded, but an example failed: the first of `examples`, or any of them on the server. The instance then refuses traffic.",
    fix: "The log line has the error. Correct the example, `predict` or the model.",
  },
  "worker-crashed": {
    group: "server",
    when: "The worker thread of the model ended while it ran this request, usually because memory ran out. A new worker replaces it, and runs the requests that had not begun.",
    fix: "Try again after `retry-after`. If the error returns, read in the log how the worker ended, and give the service more memory or a smaller `execution.maxBatchRows`.",
  },
  "shutting-down": {
    group: "server",
    when: "The request reached an instance that is stopping.",
    fix: "Try again: the next request reaches another instance.",
  },
  "issuer-unavailable": {
    group: "server",
    when: "The server cannot fetch the public keys of the tokens' issuer (`jwksUrl`). It tries again after five seconds.",
    fix: "Check that the address in `jwksUrl` is right and that the instance can reach it. The log has the reason.",
  },
  "no-memory": {
    group: "model",
    when: "A request asked the server to load another model. By the size of its file, the model does not fit into the remaining memory.",
    fix: "Unload a model first (SageMaker does this automatically), or give the server more memory.",
  },
  "deadline-exceeded": {
    group: "server",
    when: "The prediction did not finish before the platform's deadline or `limits.timeoutMs`. `signal` in the context of `predict` aborts at that moment.",
    fix: "Send less at once, raise the timeout, or give the instance more memory: on most platforms it then gets more CPU, too.",
  },
  "unsupported-event": {
    group: "client",
    when: "The event comes from a service that this adapter does not serve (on AWS: Cognito, Lex, Firehose, Kafka, S3 ...), or a record of a DynamoDB stream has no new image.",
    fix: "Send the input through a supported service. The detail names the service, the keys seen and the supported services.",
  },
  "invalid-definition": {
    group: "server",
    when: "`definePredictor` received an invalid definition. It throws when the module loads, so the instance does not start.",
    fix: "The message names the field, the value seen and the rule.",
  },
  "invalid-option": {
    group: "server",
    when: "An adapter or another function of tricast received an unknown option or an invalid value. The call throws it.",
    fix: "The message names the option and, for a misspelt name, the nearest known one.",
  },
  "store-not-found": {
    group: "model",
    when: "The store does not have an object, version or alias of this name.",
    fix: "The log line names the address. Publish the model there, or correct the address.",
  },
  "store-denied": {
    group: "model",
    when: "The store refused the credentials, or credentials are missing.",
    fix: "Give the function's role or identity the permission to read the store.",
  },
  "store-unavailable": {
    group: "model",
    when: "The store could not be reached, or failed at every attempt.",
    fix: "A later request tries again. If the error persists, check the network and the store's own status.",
  },
  "store-conflict": {
    group: "model",
    when: "Another process published or moved the same version or alias at the same time.",
    fix: "Read the store again, and repeat the change if you still want it.",
  },
  "digest-mismatch": {
    group: "model",
    when: "The digest of the downloaded bytes differs from the manifest. The bytes are never used.",
    fix: "Publish the model again: the stored file is not the published one.",
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
    when: "`tricast build` could not bundle the handler, or its bundle failed when a fresh process loaded it as the platform does. Causes: a package that is not installed, a dynamic require, a missing file, code that throws.",
    fix: "The message has the bundler's or Node's own error, with the place in the source.",
  },
  "missing-export": {
    group: "server",
    when: "`tricast build` did not find the handler file of the target, or the file lacks the export that the platform needs: `handler` on AWS, a registered function on Azure or Google, a predictor as default export of `predict.ts`.",
    fix: "Write the file that the message names; the message shows its lines.",
  },
  "wrong-architecture": {
    group: "server",
    when: "A native file of an artefact is for another processor, another C library (musl) or a newer glibc than the target has, or the target does not run on this architecture.",
    fix: "Install the package for the target, as the message says, or choose the other `--arch`.",
  },
  "over-budget": {
    group: "server",
    when: "The platform would refuse the artefact of `tricast build`: it is too large, or has too many layers. Nothing is written.",
    fix: "The message lists the largest files and possible fixes: layers, an image, a model in a store, arm64.",
  },
  "image-base-unreadable": {
    group: "server",
    when: "The base image of a build does not exist, is not a valid image, or has bytes that do not match their digests.",
    fix: "The message names the place and its contents. Use an OCI layout folder, a tarball of an image or of a root file system, or a registry reference that can be pulled.",
  },
  "image-base-unsuitable": {
    group: "server",
    when: "The base image is readable, but does not fit the artefact: it has another architecture, it has musl instead of glibc, or it cannot start a Lambda function.",
    fix: "Use the base image that the message suggests.",
  },
  "registry-denied": {
    group: "server",
    when: "The container registry refused the credentials, or the Docker configuration does not have credentials for it.",
    fix: "Run `docker login` for the registry that the message names, or write its credentials or helper into `~/.docker/config.json`.",
  },
  "registry-unavailable": {
    group: "server",
    when: "The container registry could not be reached, failed at every attempt, or sent a response that does not follow the registry protocol.",
    fix: "Check the address in the message. A registry without TLS is refused, unless it is on this machine or `insecure` is set.",
  },
  "credentials-missing": {
    group: "server",
    when: "A command needs credentials for a cloud or a protected endpoint, but neither the environment nor the cloud's own tool has them.",
    fix: "Set the variable or log in with the tool that the message names. `tricast doctor` checks all of them.",
  },
  "deploy-failed": {
    group: "server",
    when: "A tool of a cloud failed, the live endpoint answered its examples wrongly, or an earlier version to roll back to does not exist.",
    fix: "The message ends with the output of the tool. Run `tricast doctor TARGET`, then the command again: it continues from the current state.",
  },
  "endpoint-unreachable": {
    group: "server",
    when: "The endpoint does not answer: the host does not exist, the connection fails, or the response does not arrive in time.",
    fix: "Check the address and the reason in the message. The first response waits for the model, so try again.",
  },
};
