import type { WeighedFile } from "../files/content.ts";
import type { Definition } from "../project/definition.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";

/** A file of the artefact that is a component: a model, or a library without sources. */
export type BillFile = Pick<WeighedFile, "path" | "sha256">;

export interface BillOfMaterials extends Pick<Definition, "name" | "version" | "description"> {
  readonly target: string;
  /** The bundled and the copied packages. */
  readonly packages: readonly InstalledPackage[];
  /** The native runtime, with its files in the artefact. */
  readonly runtime: { readonly package: InstalledPackage; readonly files: readonly BillFile[] } | undefined;
  readonly models: readonly BillFile[];
}

/**
 * A CycloneDX 1.6 document (cyclonedx.org/docs/1.6/json). It has no serial number and no time, which would differ from build
 * to build. JSON leaves out members that are `undefined`.
 */
export function toSbom(bill: BillOfMaterials): object {
  const root = `${bill.name}@${bill.version}`;
  const components = [
    ...bill.packages.map(packageComponent),
    ...(bill.runtime === undefined ? [] : [runtimeComponent(bill.runtime)]),
    ...bill.models.map((file) => fileComponent(`model:${file.path}`, "machine-learning-model", file)),
  ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        "bom-ref": root,
        type: "application",
        name: bill.name,
        version: bill.version,
        description: bill.description,
        properties: [{ name: "tricast:target", value: bill.target }],
      },
      tools: { components: [{ type: "application", name: "@tricast/pack" }] },
    },
    components,
    dependencies: [{ ref: root, dependsOn: components.map((one) => one["bom-ref"]) }],
  };
}

function packageComponent({ name, version, manifest }: InstalledPackage) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [group, short] = name.startsWith("@") ? name.split("/", 2) : [undefined, name];
  return { "bom-ref": purl, type: "library", group, name: short ?? name, version, purl, licenses: licenses(manifest) };
}

/** An identifier of the SPDX list, or an expression of several. */
function licenses({ license }: InstalledPackage["manifest"]): readonly object[] | undefined {
  if (typeof license !== "string" || license === "") return undefined;
  if (/ (OR|AND|WITH) /.test(license)) return [{ expression: license.replace(/^\((.*)\)$/, "$1") }];
  const isId = /^[A-Za-z0-9.+-]+$/.test(license) && !/^(UNLICENSED|SEE)/.test(license);
  return [{ license: isId ? { id: license } : { name: license } }];
}

function runtimeComponent({ package: one, files }: NonNullable<BillOfMaterials["runtime"]>) {
  const prefix = `${one.name}@${one.version}`;
  return {
    ...packageComponent(one),
    components: files.map((file) => fileComponent(`${prefix}/${file.path}`, "file", file)),
  };
}

function fileComponent(reference: string, type: string, { path, sha256 }: BillFile) {
  return { "bom-ref": reference, type, name: path, hashes: [{ alg: "SHA-256", content: sha256 }] };
}
