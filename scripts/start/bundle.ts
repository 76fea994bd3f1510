import { copyFile, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles one handler to one CommonJS file and puts the files of its predictor beside it, as in a deployment.
 * ONNX Runtime and the packages that a platform provides are not bundled.
 */
export async function bundleHandler(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    conditions: ["@tricast/source"],
    // The framework keeps its registrations in module state, so the handler must use the copy that runs it.
    external: ["onnxruntime-node", "@tricast/store", "@azure/functions-core", "@google-cloud/functions-framework"],
    logLevel: "warning",
  });
  await copyModelFiles(dirname(entry), dirname(outfile));
}

async function copyModelFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const files = (await readdir(from)).filter((file) => !file.endsWith(".ts") && !file.endsWith(".md"));
  await Promise.all(files.map((file) => copyFile(join(from, file), join(to, file))));
}
