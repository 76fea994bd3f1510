import type { Json } from "../versions/json-check.ts";
import type { Manifest, ModelOrigin, Variant } from "../versions/manifest.ts";
import type { DescribeModel } from "./model-folder.ts";

export interface PushOptions {
  /** Reads the header of a model file that ends in `.onnx`, such as `readOnnxHeader`: inputs, outputs, external weights. */
  readonly describe: DescribeModel;
  /** Default: the next free of `v1`, `v2` ... */
  readonly version?: string | undefined;
  /** Which file of a folder is loaded, with `/`. Default: the only `.onnx` file. */
  readonly entry?: string | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly source?: ModelOrigin | undefined;
  /** Beside what is read from the model: `metadata.onnx` holds the ONNX file's own. */
  readonly metadata?: Json | undefined;
  /** Optimised forms of the entry; their files lie in the pushed folder. */
  readonly variants?: readonly Variant[] | undefined;
  /** Whether `latest` moves to this version, unless it stands at a greater number. Default true. */
  readonly latest?: boolean | undefined;
  /**
   * Deletes what an unfinished push of the same `version` left. Give it only where no other push of this version can be
   * running. Default false: the push is refused when the leftovers differ from what it would write.
   */
  readonly replaceUnfinished?: boolean | undefined;
  /** Who does it, for the history of `latest`. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each upload, with its size in bytes. */
  readonly onUpload?: ((path: string, size: number) => void) | undefined;
}

export interface PushResult {
  readonly manifest: Manifest;
  /** False when the same version with the same content was there already: then nothing was written. */
  readonly created: boolean;
}
