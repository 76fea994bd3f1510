import { type Manifest, type ModelValue, readAliases } from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { resolveOne } from "../../resolve-one.ts";
import { REFERENCE, STORE, storeAt } from "../../store-option.ts";
import { align, formatBytes, formatPairs } from "../../table.ts";
import { aliasesOf } from "./list.ts";

export const show = defineCommand({
  path: ["models", "show"],
  summary: "Shows one version: its files, inputs, outputs, metrics and origin.",
  arguments: { reference: REFERENCE },
  options: { store: STORE },
  examples: ["models show iris --store ./models", "models show iris@prod --store s3://bucket/models --json"],
  run: async ({ reference, store }) => {
    const opened = await storeAt(store);
    const { manifest } = await resolveOne(opened, reference);
    const { aliases } = (await readAliases(opened, manifest.name)).aliases;
    const leading = aliasesOf(manifest.version, aliases);
    return { json: { aliases: leading, manifest }, text: describe(manifest, leading) };
  },
});

function describe(manifest: Manifest, aliases: readonly string[]): string {
  const { name, version, created, entry, framework, source, metrics, labels, metadata } = manifest;
  const facts = [
    ["model", `${name}@${version}`],
    ["aliases", aliases.join(" ")],
    ["created", created],
    ["entry", entry],
    ["framework", framework === undefined ? "" : describeFramework(framework)],
    ["source", source === undefined ? "" : [source.commit, source.repository ?? ""].join(" ").trim()],
    ["metrics", formatPairs(metrics)],
    ["labels", formatPairs(labels)],
    ["metadata", Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata)],
    ...(manifest.inputs ?? []).map((value) => ["input", describeValue(value)]),
    ...(manifest.outputs ?? []).map((value) => ["output", describeValue(value)]),
    ...manifest.files.map(({ path, size, sha256 }) => ["file", `${path}  ${formatBytes(size)}  sha256 ${sha256}`]),
    ...(manifest.variants ?? []).map(({ files, runtime, target }) => [
      "variant",
      `${files.join(" ")}  ${runtime}  ${formatPairs(target)}`,
    ]),
  ];
  return align(facts.filter(([, value]) => value !== ""));
}

function describeFramework({ name, opset, irVersion, producer }: NonNullable<Manifest["framework"]>): string {
  const sets = opset === undefined ? "" : `opset ${formatPairs(opset)}`;
  const ir = irVersion === undefined ? "" : `IR ${irVersion}`;
  return [name, sets, ir, producer ?? ""].filter(Boolean).join(", ");
}

function describeValue({ name, datatype, shape }: ModelValue): string {
  return `${name}  ${datatype}${shape === undefined ? "" : ` [${shape.join(", ")}]`}`;
}
