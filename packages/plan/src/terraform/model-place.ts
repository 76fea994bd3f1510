import { TricastError } from "@tricast/core";

/** Where a model lies, as permissions name it. */
export type ModelPlace = {
  /** Bucket, or `account/container` in Azure. */
  readonly container: string;
  /** Everything that the model reads begins with this: `models/iris/`, or a file's own name. */
  readonly prefix: string;
};

const SCHEMES = { aws: "s3", azure: "az", gcp: "gs" } as const;

/**
 * The models that lie in the target's own store, by name. Others (`https://`, another cloud's) need no permission here.
 * @throws {TricastError} `invalid-option` for an address without a place in its bucket.
 */
export function modelPlaces(
  target: keyof typeof SCHEMES,
  models: Readonly<Record<string, string>>,
): Record<string, ModelPlace> {
  const own = Object.entries(models).filter(([, address]) => address.startsWith(`${SCHEMES[target]}://`));
  return Object.fromEntries(own.map(([name, address]) => [name, toPlace(target, address)]));
}

function toPlace(target: keyof typeof SCHEMES, address: string): ModelPlace {
  const [path = ""] = address.slice(address.indexOf("//") + 2).split(/[?#]/);
  const parts = path.split("/").filter((part) => part !== "");
  const container = parts.splice(0, target === "azure" ? 2 : 1);
  // `iris@prod` is a version of iris; its files lie below iris/.
  const last = parts.pop()?.replace(/@[^@]*$/, "");
  if (last === undefined || (target === "azure" && container.length < 2)) throw invalid(target, address);
  const isFile = /\.(onnx|ort)$/.test(last);
  return { container: container.join("/"), prefix: [...parts, isFile ? last : `${last}/`].join("/") };
}

function invalid(target: keyof typeof SCHEMES, address: string): TricastError {
  const form = target === "azure" ? "az://account/container/models/iris" : `${SCHEMES[target]}://bucket/models/iris`;
  return new TricastError(
    "invalid-option",
    `model is ${JSON.stringify(address)}; it names no model in a bucket; write it as ${form}`,
  );
}
