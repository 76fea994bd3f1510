// Made by "npm run gen" from layers/*.json; change those and run it again.
import type { Recipe } from "./recipe.ts";

export const RECIPES: readonly Recipe[] = [
  {
    package: "onnxruntime-node",
    versions: ">=1.30.0 <1.31.0",
    license: "MIT",
    folder: "onnxruntime",
    libc: "glibc",
    why: "As installed the package is 288 MB for five platforms; a Lambda function may have 250 MB with all its layers. tricast drives the native addon directly, so two files are all it needs.",
    include: [
      {
        path: "bin/napi-v6/linux/{arch}/onnxruntime_binding.node",
        reason: "The addon: what the bundle loads, by one literal path.",
      },
      {
        path: "bin/napi-v6/linux/{arch}/libonnxruntime.so.1",
        reason:
          "The runtime itself. The addon looks for it in its own folder (RUNPATH $ORIGIN), so the two stay together.",
      },
    ],
    exclude: [
      {
        path: "bin/napi-v6/linux/{other}/**",
        reason: "Another processor.",
      },
      {
        path: "bin/napi-v6/linux/{arch}/libonnxruntime_providers_*.so",
        reason:
          "CUDA and TensorRT, which no function has. The package's install step downloads them (400 MB) unless ONNXRUNTIME_NODE_INSTALL=skip is set.",
      },
      {
        path: "bin/napi-v6/darwin/**",
        reason: "Another operating system.",
      },
      {
        path: "bin/napi-v6/win32/**",
        reason: "Another operating system; DirectML among it.",
      },
      {
        path: "dist/**",
        reason:
          "The package's JavaScript, which tricast does not use: it adds a macrotask to each run and 20 % to a cold start.",
      },
      {
        path: "lib/**",
        reason: "TypeScript sources.",
      },
      {
        path: "script/**",
        reason: "The install step, which downloads CUDA libraries.",
      },
      {
        path: "node_modules/**",
        reason: "What the JavaScript and the install step need: onnxruntime-common, adm-zip, global-agent.",
      },
      {
        path: "package.json",
        reason: "Read by package managers only; version and license are in the bill of materials.",
      },
      {
        path: "README.md",
        reason: "Documentation.",
      },
    ],
  },
];
