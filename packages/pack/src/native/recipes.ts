// Made by "npm run gen" from layers/*.json; change those and run it again.
import type { Recipe } from "./recipe.ts";

export const RECIPES: readonly Recipe[] = [
  {
    package: "onnxruntime-node",
    versions: ">=1.30.0 <1.31.0",
    folder: "onnxruntime",
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
  },
];
