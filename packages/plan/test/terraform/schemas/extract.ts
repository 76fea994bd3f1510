// Writes what the providers publish of the resources that we render, from the packages of CDK for Terraform, which are
// generated from the providers' own schemas. Needs the network; run it for a new version or a new resource:
//   node --conditions=@tricast/source packages/plan/test/terraform/schemas/extract.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BLOCK_TYPES } from "./rendered-types.ts";
import type { BodySchema, ProviderSchema, ResourceSchema } from "./schema.ts";

/** The newest that exist; a provider for Google newer than 6 has none. */
const PACKAGES = {
  aws: "@cdktn/provider-aws@25.7.0",
  azurerm: "@cdktn/provider-azurerm@16.1.0",
  google: "@cdktf/provider-google@16.12.1",
} as const;

function unpack(name: string, folder: string): string {
  execFileSync("npm", ["pack", name, "--silent", "--pack-destination", folder], { stdio: "ignore" });
  const [tarball = ""] = readdirSync(folder);
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", folder]);
  return join(folder, "package");
}

function extract(provider: keyof typeof PACKAGES, name: string, folder: string): ProviderSchema {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    cdktf: { provider: { name: string; version: string } };
  };
  const types = BLOCK_TYPES[provider].map((type) => [type, extractType(provider, type, folder)] as const);
  return {
    provider: manifest.cdktf.provider.name,
    version: manifest.cdktf.provider.version,
    package: name,
    types: Object.fromEntries(types),
  };
}

function extractType(provider: string, type: string, folder: string): ResourceSchema {
  const [kind, full = ""] = type.split(" ");
  const short = full.slice(provider.length + 1).replaceAll("_", "-");
  const module = kind === "data" ? `data-${provider}-${short}` : short;
  const types = readFileSync(join(folder, "lib", module, "index.d.ts"), "utf8");
  const code = readFileSync(join(folder, "lib", module, "index.js"), "utf8");
  const interfaces = interfacesOf(types);
  const root = [...interfaces.keys()].find((name) => / extends \w+\.TerraformMetaArguments$/.test(name));
  // A data source without arguments may have no more than the shared ones.
  const body = root === undefined ? { attributes: {}, blocks: {} } : bodyOf(root, interfaces);
  const resource = code.slice(code.search(/class \w+ extends \w+\.Terraform(?:Resource|DataSource) /));
  const outputs = [...resource.matchAll(/(?:Attribute\(|\(this, )['"]([a-z0-9_]+)['"]/g)].map(
    ([, own]) => own as string,
  );
  return { ...body, outputs: [...new Set(outputs)].sort() };
}

/** Bodies of interfaces by their name, the root one with what it extends. */
function interfacesOf(types: string): Map<string, string> {
  const found = types.matchAll(/export interface (\w+(?: extends [\w.]+)?) \{\n([\s\S]*?)\n\}/g);
  return new Map([...found].map(([, name, body]) => [name as string, body as string]));
}

const MEMBER = /\/\*\*([\s\S]*?)\*\/\s*readonly \w+(\?)?: (\{\s*\[key: string\]: [^;]+;\s*\}[^;]*|[^;]+);/g;

function bodyOf(name: string, interfaces: ReadonlyMap<string, string>): BodySchema {
  const attributes: Record<string, string> = {};
  const blocks: Record<string, BodySchema & { many: boolean; required: boolean }> = {};
  for (const [, comment = "", optional, type = ""] of (interfaces.get(name) ?? "").matchAll(MEMBER)) {
    const own = /#([a-z0-9_]+) \w+#/.exec(comment)?.[1];
    if (own === undefined || own === "timeouts") continue;
    const nested = /^(\w+)(\[\])?(?: \||$)/.exec(type);
    const isBlock = new RegExp(`\\* ${own} block`).test(comment) && nested !== null;
    if (isBlock) {
      const body = bodyOf(nested[1] as string, interfaces);
      blocks[own] = { required: optional === undefined, many: nested[2] !== undefined, ...body };
    } else attributes[own] = `${typeOf(type)}${optional === undefined ? "!" : ""}`;
  }
  return { attributes, blocks };
}

function typeOf(type: string): string {
  const first = type
    .replace(/\s+/g, " ")
    .replace(/ \| \w+\.IResolvable/g, "")
    .trim();
  if (["string", "number", "boolean"].includes(first)) return first;
  if (/^\{ \[key: string\]/.test(first)) return "map";
  if (/\[\]$/.test(first) || first.startsWith("Array<")) return "list";
  return "any";
}

for (const [provider, name] of Object.entries(PACKAGES) as [keyof typeof PACKAGES, string][]) {
  const folder = mkdtempSync(join(tmpdir(), "tricast-schema-"));
  try {
    const text = `${JSON.stringify(extract(provider, name, unpack(name, folder)), null, 2)}\n`;
    writeFileSync(join(import.meta.dirname, `${provider}.golden.json`), text);
    console.log(`${provider}: ${BLOCK_TYPES[provider].length} types, ${text.length} bytes`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
