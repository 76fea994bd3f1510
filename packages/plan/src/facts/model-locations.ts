import type { TricastError } from "@tricast/core";
import type { ResolvedFunction } from "../resolved-plan.ts";
import { invalidOption } from "./invalid-option.ts";

/** The location of a model, for permissions. */
export type ModelLocation = {
  /** Bucket, or `account/container` in Azure. */
  readonly container: string;
  /** The common prefix of all files of the model: `models/iris/`, or the name of a single file. */
  readonly prefix: string;
};

/** By cloud: the scheme of the store that its instances read with their own identity. */
export const OWN_STORES = { aws: "s3", azure: "az", gcp: "gs" } as const;

/**
 * The models in the target's own store, by name. Models elsewhere (`https://`, another cloud) need no permission here.
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
  // `iris@prod` is a version of iris. Its files are below iris/.
  const last = parts.pop()?.replace(/@[^@]*$/, "");
  if (last === undefined || (target === "azure" && container.length < 2)) throw invalid(target, address);
  const isFile = /\.(onnx|ort)$/.test(last);
  return { container: container.join("/"), prefix: [...parts, isFile ? last : `${last}/`].join("/") };
}

function invalid(target: keyof typeof OWN_STORES, address: string): TricastError {
  const form = target === "azure" ? "az://account/container/models/iris" : `${OWN_STORES[target]}://bucket/models/iris`;
  return invalidOption(`model is ${JSON.stringify(address)}; it must name a model in a bucket; write it as ${form}`);
}

/** The objects of a bucket in S3 that a function reads. */
export type ModelRead = {
  readonly bucket: string;
  /** Keys in the form of policies: `models/iris/*`, or the key of a single file. */
  readonly objects: string;
};

/**
 * The objects in S3 that a function reads, by the name of the model. The files of a model are below its name. For a single
 * file, the store reads only that file.
 */
export function modelReads({ models }: Pick<ResolvedFunction, "models">): Readonly<Record<string, ModelRead>> {
  return Object.fromEntries(
    Object.entries(modelLocations("aws", models)).map(([name, { container: bucket, prefix }]) => [
      name,
      { bucket, objects: prefix.endsWith("/") ? `${prefix}*` : prefix },
    ]),
  );
}
