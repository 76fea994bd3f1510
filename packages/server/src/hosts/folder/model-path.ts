import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** SageMaker unpacks each model into a folder with a generated name, below a common root (mms-container-apis). */
const BELOW = /^[A-Za-z0-9][\w.-]{0,254}(?:\/model)?\/?$/;

/**
 * The folder of a model, from a path that the platform sent.
 * @throws {TricastError} `invalid-input` for any path but `ROOT/NAME/model` and `ROOT/NAME`, after links are resolved;
 *   `not-found` if the path does not exist.
 */
export async function modelPath(root: string, given: string): Promise<string> {
  if (!given.startsWith(`${root}/`) || !BELOW.test(given.slice(root.length + 1))) throw outside(root, given);
  const [real, realRoot] = await Promise.all([realpath(given).catch(() => undefined), realpath(root)]);
  if (real === undefined) throw new TricastError("not-found", `The path ${show(given)} does not exist`);
  const inside = relative(realRoot, real);
  if (inside === "" || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outside(root, given);
  return real;
}

function outside(root: string, given: string): TricastError {
  return new TricastError("invalid-input", `The path of a model is ${show(given)}; it must be ${root}/NAME/model`);
}
