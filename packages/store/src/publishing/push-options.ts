import type { Json } from "../versions/json-check.ts";
import type { Manifest, ModelOrigin, Variant } from "../versions/manifest.ts";
import type { DescribeModel } from "./read-entry.ts";

export interface PushOptions {
  /** Reads inputs, outputs and external weights of an ONNX file, such as `readOnnxHeader`. */
  readonly describe: DescribeModel;
  /** Default: the next unused number, as `v1`, `v2` ... */
  readonly version?: string | undefined;
  /** Which file of a folder is loaded, with `/`. Default: the only `.onnx` file. */
  readonly entry?: string | undefined;
  /** Stores a file that is neither ONNX nor ORT format. It cannot be served. Default false: it is refused. */
  readonly anyKind?: boolean | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly source?: ModelOrigin | undefined;
  /** Added to the metadata of the model, which is `metadata.onnx` for an ONNX file. */
  readonly metadata?: Json | undefined;
  /** Optimised forms of the entry. Their files are in the pushed folder. */
  readonly variants?: readonly Variant[] | undefined;
  /** Whether `latest` moves to this version, unless it has a greater number. Default true. */
  readonly latest?: boolean | undefined;
  /**
   * Deletes the files of an unfinished push of the same `version`. Set it only if no other push of this version can be
   * running. Default false: the push is refused if such files differ from those that it writes.
   */
  readonly replaceUnfinished?: boolean | undefined;
  /** The author of the change, for the history of `latest`. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each upload, with its size in bytes. */
  readonly onUpload?: ((path: string, size: number) => void) | undefined;
}

export interface PushResult {
  readonly manifest: Manifest;
  /** False if the version already existed with the same content. Then nothing was written. */
  readonly created: boolean;
}
