import { METRICS } from "../../packages/server/src/metrics/table.ts";
import { OPTIONS } from "../../packages/server/src/options/options.ts";
import { type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";

export function serverReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("packages/server/src/options/options.ts and packages/server/src/metrics/table.ts"),
    "# Server",
    "[How the server works](../8-server.md).",
    "## Options",
    "Pass options to `serve(predictor, { ... })` or `createServer`, or set their variables. Otherwise the defaults apply. " +
      "An unknown option or an invalid value stops the start with `invalid-option`.",
    markdownTable(["Option and variable", "Meaning", "Rule", "Default"], Object.entries(OPTIONS).map(optionRow)),
    "## Metrics",
    "`GET /metrics` responds in the text format of Prometheus. Probes and requests for metrics are not counted. " +
      "Names that a client invents never become labels.",
    markdownTable(["Metric", "Type", "Labels", "Meaning"], Object.entries(METRICS).map(metricRow)),
  ].join("\n\n");
  return [{ path: "docs/reference/server.md", text: `${text}\n` }];
}

type Row<T> = readonly [name: string, row: T[keyof T]];

function optionRow([name, option]: Row<typeof OPTIONS>): readonly string[] {
  return [`\`${name}\` \`${option.variable}\``, option.description, option.rule, option.otherwise];
}

function metricRow([name, { type, labels, help }]: Row<typeof METRICS>): readonly string[] {
  return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help];
}
