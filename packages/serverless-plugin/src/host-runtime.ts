import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * What makes an artefact load the ONNX Runtime that is installed on this machine: artefacts carry Linux's. Empty on Linux,
 * and where the service has no onnxruntime-node for the machine.
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

/** onnxruntime-node has a folder `bin/napi-v<N>/<platform>/<arch>` for each machine it knows. */
function findBinding(serviceDir: string, platform: string, arch: string): string | undefined {
  const bin = join(packageFolder(serviceDir, "onnxruntime-node") ?? serviceDir, "bin");
  if (!existsSync(bin)) return undefined;
  return readdirSync(bin)
    .map((version) => join(bin, version, platform, arch, "onnxruntime_binding.node"))
    .find((file) => existsSync(file));
}

function packageFolder(from: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(from, "package.json")).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
