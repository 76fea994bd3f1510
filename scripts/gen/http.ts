import { TricastError } from "@tricast/core";
import { ALB_REPLY_BYTES, LAMBDA_REPLY_BYTES } from "../../packages/aws-lambda/src/limits.ts";
import { CLOUD_FUNCTIONS_REPLY_BYTES } from "../../packages/cloud-functions/src/platform.ts";
import { DEFAULT_BODY_BYTES, DEFAULT_INSTANCES } from "../../packages/core/src/body/decode.ts";
import { toProblem } from "../../packages/core/src/http/problem.ts";
import { allowed, ROUTES } from "../../packages/core/src/http/routes.ts";
import { fenced, type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";
import { CORS_HEADERS, type HeaderFact, REQUEST_ENCODINGS, REQUEST_TYPES, RESPONSE_HEADERS } from "./http-facts.ts";

export function httpReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("packages/core/src/http and scripts/gen/http-facts.ts"),
    "# HTTP",
    "This page applies to every platform: the core decides all of it, and adapters only translate.",
    "## Routes",
    routes(),
    "The last segment of the path selects the route, so a stage, a base path or a route prefix may precede it. " +
      "HEAD is GET without the body. OPTIONS answers 204 with `allow`.",
    "## Request bodies",
    markdownTable(
      ["Content type", "Body", "Answer"],
      REQUEST_TYPES.map(({ type, body, answer }) => [`\`${type}\``, body, answer]),
    ),
    "`decoders` of a predictor add types, or replace one of these. A prediction that is a `Uint8Array` is answered " +
      "as `application/octet-stream`.",
    `Bodies may be compressed: \`content-encoding\` ${REQUEST_ENCODINGS.map((name) => `\`${name}\``).join(", ")}.`,
    'In JSON responses, NaN and the infinities are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, and 64-bit ' +
      "integers keep every digit.",
    "## Answer headers",
    headers(RESPONSE_HEADERS),
    "With `cors` in the predictor, also:",
    headers(CORS_HEADERS),
    "## Errors",
    "`application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). `detail` is present if the " +
      "code shows its message, `errors` if the input is wrong: at most 100 places, each a JSON Pointer " +
      "([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into the body. [Errors](errors.md) lists the codes.",
    fenced("json", JSON.stringify(JSON.parse(sampleProblem()), null, 2)),
    "## Limits",
    limits(),
  ].join("\n\n");
  return [{ path: "docs/reference/http.md", text: `${text}\n` }];
}

function routes(): string {
  const rows = Object.entries(ROUTES).map(([path, route]) => [`\`${path}\``, allowed(route), `${route.summary}.`]);
  return markdownTable(["Path", "Methods", "What it does"], rows);
}

function headers(facts: readonly HeaderFact[]): string {
  return markdownTable(
    ["Header", "When", "Meaning"],
    facts.map(({ name, when, meaning }) => [`\`${name}\``, when, meaning]),
  );
}

function sampleProblem(): string {
  const issues = [
    { pointer: "/instances/3/features/3", message: "Invalid type: Expected number but received undefined" },
  ];
  const error = new TricastError("invalid-input", `${issues[0]?.pointer}: ${issues[0]?.message}`, { issues });
  return toProblem(error).body as string;
}

function limits(): string {
  return markdownTable(
    ["Limit", "Default", "Set by", "Over it"],
    [
      [
        "Request body, after decompression",
        `${grouped(DEFAULT_BODY_BYTES)} bytes`,
        "`limits.bodyBytes`",
        "[`body-too-large`](errors.md#body-too-large)",
      ],
      [
        "Instances or rows in one body",
        grouped(DEFAULT_INSTANCES),
        "`limits.instances`",
        "[`body-too-large`](errors.md#body-too-large)",
      ],
      [
        "Time for one request",
        "the platform's remaining time",
        "`limits.timeoutMs`",
        "[`deadline-exceeded`](errors.md#deadline-exceeded)",
      ],
      [
        "Reply of one Lambda invocation",
        `${grouped(LAMBDA_REPLY_BYTES)} bytes`,
        "the platform",
        "[`response-too-large`](errors.md#response-too-large)",
      ],
      [
        "Reply behind an Application Load Balancer",
        `${grouped(ALB_REPLY_BYTES)} bytes`,
        "the platform",
        "[`response-too-large`](errors.md#response-too-large)",
      ],
      [
        "Reply of a Google Cloud function",
        `${grouped(CLOUD_FUNCTIONS_REPLY_BYTES)} bytes`,
        "the platform",
        "[`response-too-large`](errors.md#response-too-large)",
      ],
    ],
  );
}

/** 33554432 as 33,554,432, independent of the machine's locale. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
