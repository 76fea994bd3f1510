// The facts of the HTTP reference that are not in the tables of the core. test/repo/reference.test.ts compares each
// with the running service, in both directions.

/** `content-encoding` of requests. */
export const REQUEST_ENCODINGS = ["gzip", "x-gzip", "deflate", "br", "zstd", "identity"] as const;

interface MediaTypeFact {
  readonly type: string;
  readonly body: string;
  readonly answer: string;
}

export const REQUEST_TYPES: readonly MediaTypeFact[] = [
  {
    type: "application/json",
    body: 'One input; or `{"instances": [...]}` for many, with `parameters` next to it for the context. Also any `+json` type, and a request without `content-type`.',
    answer: 'The output; for `instances`, `{"predictions": [...]}` in the same order.',
  },
  {
    type: "application/x-ndjson",
    body: "One input per line; empty lines are skipped. Also `application/ndjson`, `application/jsonlines`, `application/x-jsonlines` and `application/jsonl`.",
    answer: "`application/x-ndjson`: one output per line, in the same order.",
  },
  {
    type: "text/csv",
    body: "One input per row, as an array of cells; with `; header=present`, as a record by column name. Unquoted decimal numbers are numbers. `fromCsvRow` of the predictor turns a row into another input.",
    answer: '`{"predictions": [...]}` in the same order.',
  },
  {
    type: "application/octet-stream",
    body: "The bytes, as one input.",
    answer: "The output.",
  },
  {
    type: "image/*",
    body: "The bytes, as one input, unless the predictor has a decoder for the type.",
    answer: "The output.",
  },
];

export interface HeaderFact {
  readonly name: string;
  readonly when: string;
  readonly meaning: string;
}

export const RESPONSE_HEADERS: readonly HeaderFact[] = [
  { name: "content-type", when: "with a body", meaning: "The type of the body." },
  {
    name: "server-timing",
    when: "on predictions",
    meaning:
      "Times in milliseconds: `decode`, `predict` (with validation), `encode`; on a request that waited for the model also `load`, `warm` and `wait`.",
  },
  { name: "x-tricast-instance", when: "always", meaning: "Id of the instance that answered." },
  {
    name: "x-tricast-cold-start",
    when: "always",
    meaning: "`true` on the first invocation of an on-demand instance.",
  },
  { name: "x-request-id", when: "always", meaning: "The platform's id of this request, as its logs name it." },
  { name: "retry-after", when: "503", meaning: "Seconds to wait before the next attempt." },
  { name: "allow", when: "405, and responses to OPTIONS", meaning: "The methods that the route accepts." },
  { name: "accept-encoding", when: "415 for an encoding", meaning: "The supported encodings of a request." },
];

/** Sent only if the predictor has `cors`. */
export const CORS_HEADERS: readonly HeaderFact[] = [
  { name: "vary", when: 'always, unless `origins` is `"*"`', meaning: "`Origin`, for caches." },
  { name: "access-control-allow-origin", when: "the origin is allowed", meaning: "The origin, or `*`." },
  {
    name: "access-control-expose-headers",
    when: "the origin is allowed",
    meaning: "The headers above that scripts may read.",
  },
  { name: "access-control-allow-credentials", when: "with `credentials: true`", meaning: "`true`." },
  { name: "access-control-allow-methods", when: "preflight", meaning: "The methods of the route." },
  {
    name: "access-control-allow-headers",
    when: "preflight",
    meaning: "`cors.headers`; default `content-type, authorization`.",
  },
  { name: "access-control-max-age", when: "preflight", meaning: "`cors.maxAgeSeconds`; default 600." },
];
