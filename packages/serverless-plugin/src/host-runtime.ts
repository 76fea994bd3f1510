import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The variable with which an artefact loads the ONNX Runtime that is installed on this machine, because artefacts contain
 * the runtime for Linux. Empty on Linux, and if the service has no onnxruntime-node for this machine.
 */
export function hostRuntime(
  serviceDir: string,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): Readonly<Record<string, string>> {
  if (platform === "linux") return {};
  const binding = findBinding(serviceDir, platform, arch);
  return binding === undefined ? {} : { TRICAST_ONNXRUNTIME_BINDING: binding };
}

/** onnxruntime-node has a file `bin/napi-v<N>/<platform>/<arch>/onnxruntime_binding.node` for each supported machine. */
function findBinding(serviceDir: string, platform: string, arch: string): string | undefined {
  const cwd = packageFolder(serviceDir, "onnxruntime-node");
  if (cwd === undefined) return undefined;
  const [file] = globSync(`bin/*/${platform}/${arch}/onnxruntime_binding.node`, { cwd });
  return file && join(cwd, file);
}

function packageFolder(from: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(from, "package.json")).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
