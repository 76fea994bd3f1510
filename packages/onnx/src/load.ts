import { type Logger, TricastError } from "@tricast/core";
import type { LoadContext } from "@tricast/core/adapter";
import { type Binding, loadBinding, type NativeSession } from "./binding.ts";
import type { ExecutionOptions } from "./execution/settings.ts";
import type { ModelFile } from "./locate.ts";
import { type GraphValues, type NativeMetadata, readMetadata, type UnsupportedValue } from "./metadata.ts";
import { LoadedModel } from "./model.ts";
import { chooseForm, type Form, REMAKE } from "./optimized/choose-form.ts";
import type { Batching, OnnxStoreOptions } from "./options.ts";
import type { ModelOrigin } from "./runner.ts";
import { type OnnxSessionOptions, sessionOptions } from "./session-options.ts";
import { sessionRunner } from "./session-runner.ts";
import { isThreadable } from "./threadable.ts";
import { readVcpus } from "./vcpus.ts";
import { readPart } from "./with-file.ts";

export interface LoadOptions {
  readonly session?: OnnxSessionOptions | undefined;
  readonly nonFinite: "allow" | "refuse";
  /** Loaded instead of searching for an optimised form. */
  readonly form?: Form;
  readonly execution?: ExecutionOptions | undefined;
  readonly batching?: Batching | undefined;
  readonly store?: OnnxStoreOptions | undefined;
}

/** Sessions of this thread that are still open. */
let openSessions = 0;

/**
 * Loads a model file on the calling thread.
 *
 * @throws {TricastError} `model-invalid`, with file, size, the runtime's message and the fix; `missing-dependency`.
 */
export function loadModel(file: ModelFile, options: LoadOptions, { log }: Pick<LoadContext, "log">): LoadedModel {
  const binding = loadBinding(log);
  const form = options.form ?? chooseForm(file, binding.version, log);
  if (form.original === undefined) return openModel(binding, form, options, log);
  try {
    return openModel(binding, form, options, log);
  } catch (error) {
    return openModel(binding, fallBack(form, form.original, error, log), options, log);
  }
}

/** The original, after its optimised form failed to load. */
export function fallBack(form: Form, original: ModelFile, error: unknown, log: Logger): Form {
  log.warn(`the optimised form of ${original.path} is ignored: ${(error as Error).message}. ${REMAKE}`);
  return { file: original, misfit: form.misfit };
}

function openModel(binding: Binding, form: Form, options: LoadOptions, log: Logger): LoadedModel {
  const { file } = form;
  refuseMisfit(form);
  const session = openSession(binding, form, options.session);
  try {
    const { inputs, outputs } = readGraphValues(session, file, log);
    openSessions++;
    const runner = sessionRunner(file.path, session, () => {
      openSessions--;
    });
    const origin = originOf(form, options, log);
    return new LoadedModel({ name: file.path, inputs, outputs, nonFinite: options.nonFinite, runner, origin });
  } catch (error) {
    session.dispose();
    throw error;
  }
}

/** The settings that decide whether requests may share a run. */
export function originOf(form: Form, { session, batching }: LoadOptions, log: Logger): ModelOrigin {
  return { form, batching, intraOpNumThreads: session?.intraOpNumThreads, config: session?.config, log };
}

/** @throws {TricastError} `model-invalid` for an optimised form that cannot load here and has no original beside it. */
export function refuseMisfit({ file, misfit }: Form): void {
  if (misfit !== undefined) throw invalid(file, misfit, `put the original beside it. ${REMAKE}`);
}

function openSession(binding: Binding, { file, session: made }: Form, user: OnnxSessionOptions = {}): NativeSession {
  const session = new binding.Session();
  try {
    // Counting processors takes a millisecond of the cold start, so it happens only where the count is used.
    const needsCount = user.intraOpNumThreads === undefined && (made?.threadable ?? isThreadable(file));
    const vcpus = needsCount ? readVcpus() : 1;
    const options = sessionOptions({ vcpus, format: file.format, openSessions, made }, user);
    const { content } = file;
    if (content === undefined) session.loadModel(file.path, options);
    else session.loadModel(content.buffer as ArrayBuffer, content.byteOffset, content.byteLength, options);
    return session;
  } catch (cause) {
    throw refusedByRuntime(file, (cause as Error).message, cause);
  }
}

/** The error for a file that the runtime refuses. */
export function refusedByRuntime(file: ModelFile, message: string, cause?: unknown): TricastError {
  return invalid(file, message.trim(), fixFor(file, message), cause);
}

/** @throws {TricastError} `model-invalid` for a graph with an unsupported input, or without a supported output. */
export function readGraphValues(session: NativeMetadata, file: ModelFile, log: Logger): GraphValues {
  const inputs = readMetadata(session.inputMetadata);
  const outputs = readMetadata(session.outputMetadata);
  if (inputs.unsupported.length > 0) {
    throw invalid(file, `its inputs ${list(inputs.unsupported)} are not supported`, CAST_INPUT);
  }
  if (outputs.tensors.length === 0) {
    throw invalid(
      file,
      `none of its outputs is supported: ${list(outputs.unsupported) || "it lacks outputs"}`,
      LEAVE_OUT,
    );
  }
  if (outputs.unsupported.length > 0) {
    log.warn(
      `${file.path}: the outputs ${list(outputs.unsupported)} are not supported and left out. To fix this, ${LEAVE_OUT}`,
      {
        outputs: outputs.unsupported.map(({ name }) => name),
      },
    );
  }
  return { inputs: inputs.tensors, outputs: outputs.tensors };
}

const CAST_INPUT = "put a Cast node behind a float32 or int8 input; for a sequence, export a tensor";
const LEAVE_OUT =
  'export tensors only: skl2onnx takes options={"zipmap": False}; end other element types in a Cast to float32';

function list(values: readonly UnsupportedValue[]): string {
  return values.map(({ name, kind }) => `${JSON.stringify(name)} (${kind})`).join(", ");
}

function invalid(file: ModelFile, problem: string, fix: string, cause?: unknown): TricastError {
  const message = `${file.path} (${file.bytes} bytes) cannot be used: ${problem}. Fix: ${fix}`;
  return new TricastError("model-invalid", message, { cause });
}

/** Fixes for the usual problems, by the runtime's message. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/opset|IR version/i, "export the model with an older target_opset, or install a newer onnxruntime-node"],
  [/No Op registered|not a registered/i, "this runtime lacks an operator of the model; export it with standard ones"],
  [/external data|\.data|No such file|doesn't exist/i, "put the model's external data files beside it"],
  [
    /Protobuf parsing failed|not a valid|flatbuffer|identifier/i,
    "the file is not an ONNX model, or is cut short; compare its size and copy it again",
  ],
];

function fixFor(file: ModelFile, message: string): string {
  if (file.bytes === 0) return "the file is empty; copy the model again";
  const head = readHead(file);
  if (head.startsWith("version https://git-lfs"))
    return "this is a Git LFS pointer; fetch the model with: git lfs pull";
  if (head.trimStart().startsWith("<")) return "this is a web page and not a model; download the model again";
  const known = FIXES.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? "check the file with onnx.checker, and export it again";
}

const HEAD_BYTES = 64;

function readHead({ path, content }: ModelFile): string {
  if (content !== undefined) return Buffer.from(content.subarray(0, HEAD_BYTES)).toString("latin1");
  try {
    return readPart(path, 0, HEAD_BYTES).toString("latin1");
  } catch {
    return "";
  }
}
