import type { InstalledPackage } from "../project/installed-packages.ts";

/** A file of the artefact that is a component by itself: a model, or a library without sources. */
export interface BillFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface BillOfMaterials {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly target: string;
  /** Bundled or copied. */
  readonly packages: readonly InstalledPackage[];
  /** The native runtime, with the files that are shipped of it. */
  readonly runtime: { readonly package: InstalledPackage; readonly files: readonly BillFile[] } | undefined;
  readonly models: readonly BillFile[];
}

/**
 * A CycloneDX 1.6 document (cyclonedx.org/docs/1.6/json). Without a serial number and a time, which would differ from
 * build to build.
 */
export function toSbom(bill: BillOfMaterials): object {
  const root = `${bill.name}@${bill.version}`;
  const packages = bill.packages.map((one) => packageComponent(one));
  const runtime = bill.runtime === undefined ? [] : [runtimeComponent(bill.runtime)];
  const models = bill.models.map(modelComponent);
  const components = [...packages, ...runtime, ...models];
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
        ...(bill.description === undefined ? {} : { description: bill.description }),
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
  return {
    "bom-ref": purl,
    type: "library",
    ...(group === undefined ? {} : { group }),
    name: short ?? name,
    version,
    purl,
    ...licenses(manifest.license),
  };
}

/** An identifier of the SPDX list, or an expression of several. */
function licenses(license: unknown): { readonly licenses?: readonly object[] } {
  if (typeof license !== "string" || license === "") return {};
  if (/ (OR|AND|WITH) /.test(license)) return { licenses: [{ expression: license.replace(/^\((.*)\)$/, "$1") }] };
  if (/^[A-Za-z0-9.+-]+$/.test(license) && !/^(UNLICENSED|SEE)/.test(license))
    return { licenses: [{ license: { id: license } }] };
  return { licenses: [{ license: { name: license } }] };
}

function runtimeComponent({ package: one, files }: NonNullable<BillOfMaterials["runtime"]>) {
  return {
    ...packageComponent(one),
    components: files.map((file) => ({
      "bom-ref": `${one.name}@${one.version}/${file.path}`,
      type: "file",
      name: file.path,
      hashes: hashes(file),
    })),
  };
}

function modelComponent(file: BillFile) {
  return {
    "bom-ref": `model:${file.path}`,
    type: "machine-learning-model",
    name: file.path,
    hashes: hashes(file),
  };
}

function hashes({ sha256 }: BillFile): readonly object[] {
  return [{ alg: "SHA-256", content: sha256 }];
}
