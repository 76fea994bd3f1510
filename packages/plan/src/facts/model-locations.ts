import { TricastError } from "@tricast/core";
import type { ResolvedFunction } from "../resolved-plan.ts";

/** Where a model is, as permissions name it. */
export type ModelLocation = {
  /** Bucket, or `account/container` in Azure. */
  readonly container: string;
  /** Everything that the model reads begins with this: `models/iris/`, or a file's own name. */
  readonly prefix: string;
};

/** The store that an instance of a cloud reads with its own identity, by the scheme of its addresses. */
export const OWN_STORES = { aws: "s3", azure: "az", gcp: "gs" } as const;

/**
 * The models in the target's own store, by name. Others (`https://`, another cloud's) need no permission here.
 * @throws {TricastError} `invalid-option` for an address without a path in its bucket.
 */
export function modelLocations(
  target: keyof typeof OWN_STORES,
  models: Readonly<Record<string, string>>,
): Record<string, ModelLocation> {
  const own = Object.entries(models).filter(([, address]) => address.startsWith(`${OWN_STORES[target]}://`));
  return Object.fromEntries(own.map(([name, address]) => [name, toLocation(target, address)]));
}

function toLocation(target: keyof typeof OWN_STORES, address: string): ModelLocation {
  const [path = ""] = address.slice(address.indexOf("//") + 2).split(/[?#]/);
  const parts = path.split("/").filter((part) => part !== "");
  const container = parts.splice(0, target === "azure" ? 2 : 1);
  // `iris@prod` is a version of iris; its files lie below iris/.
  const last = parts.pop()?.replace(/@[^@]*$/, "");
  if (last === undefined || (target === "azure" && container.length < 2)) throw invalid(target, address);
  const isFile = /\.(onnx|ort)$/.test(last);
  return { container: container.join("/"), prefix: [...parts, isFile ? last : `${last}/`].join("/") };
}

function invalid(target: keyof typeof OWN_STORES, address: string): TricastError {
  const form = target === "azure" ? "az://account/container/models/iris" : `${OWN_STORES[target]}://bucket/models/iris`;
  return new TricastError(
    "invalid-option",
    `model is ${JSON.stringify(address)}; it names no model in a bucket; write it as ${form}`,
  );
}

/** What a function reads of a bucket in S3. */
export type ModelRead = {
  readonly bucket: string;
  /** Keys, as policies name them: `models/iris/*`, or a single file's own. */
  readonly objects: string;
};

/**
 * What a function reads in S3, by the name of the model; CloudFormation and Terraform allow the same. A model's files lie
 * below its name. A single file is read alone: the store fetches nothing that lies beside it.
 */
export function modelReads({ models }: Pick<ResolvedFunction, "models">): Readonly<Record<string, ModelRead>> {
  const places = Object.entries(modelLocations("aws", models));
  return Object.fromEntries(
    places.map(([name, { container, prefix }]) => [
      name,
      { bucket: container, objects: prefix.endsWith("/") ? `${prefix}*` : prefix },
    ]),
  );
}
