import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { providePythonPackages } from "../support/python-tool.ts";

/** Packages of PyPI with ONNX models in them: speech, detection, text in images, types of files. */
const PACKAGES = ["silero-vad==6.2.3", "nudenet==3.4.2", "rapidocr==3.10.0", "magika==1.0.3"];
const LONGEST_MS = 600_000;

/** The reason why the models cannot be made; `undefined` once they are in `folder`. */
export function whyNoModels(folder: string): string | undefined {
  try {
    const requirements = join(import.meta.dirname, "requirements.txt");
    const python = join(providePythonPackages("made-up-inputs", requirements), "python");
    const run = (args: readonly string[]) =>
      execFileSync(python, args, { stdio: ["ignore", "pipe", "pipe"], timeout: LONGEST_MS });
    const wheels = join(folder, "wheels");
    const platform = ["--only-binary=:all:", "--no-deps"];
    run([
      "-m",
      "pip",
      "download",
      "--quiet",
      "--disable-pip-version-check",
      ...platform,
      "--dest",
      wheels,
      ...PACKAGES,
    ]);
    run([join(import.meta.dirname, "make_models.py"), folder, wheels]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
