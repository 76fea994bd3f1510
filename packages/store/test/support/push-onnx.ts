import { readOnnxHeader } from "@tricast/onnx/graph";
import type { ObjectStore } from "@tricast/store";
import { type PushOptions, type PushResult, push as pushAny } from "@tricast/store/publishing";

/** `push` for ONNX models, as the command line calls it. */
export function push(
  store: ObjectStore,
  name: string,
  path: string,
  options: Omit<PushOptions, "describe"> = {},
): Promise<PushResult> {
  return pushAny(store, name, path, { describe: readOnnxHeader, ...options });
}
