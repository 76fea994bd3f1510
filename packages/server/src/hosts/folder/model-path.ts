import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** SageMaker unpacks a model into a folder of a name it makes up, below the one root (mms-container-apis). */
const BELOW = /^[A-Za-z0-9][\w.-]{0,254}(?:\/model)?\/?$/;

/**
 * The folder that a platform says a model is in.
 * @throws {TricastError} `invalid-input` for anything but `ROOT/NAME/model` and `ROOT/NAME`, links followed;
 *   `not-found` where there is nothing.
 */
export async function modelPath(root: string, given: string): Promise<string> {
  if (!given.startsWith(`${root}/`) || !BELOW.test(given.slice(root.length + 1))) throw outside(root, given);
  const [real, realRoot] = await Promise.all([realpath(given).catch(() => undefined), realpath(root)]);
  if (real === undefined) throw new TricastError("not-found", `There is nothing at ${show(given)}`);
  const inside = relative(realRoot, real);
  if (inside === "" || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outside(root, given);
  return real;
}

function outside(root: string, given: string): TricastError {
  return new TricastError(
    "invalid-input",
    `The path ${show(given)} is not one of a model; it must be ${root}/NAME/model`,
  );
}
