// The values that options of a build may have. A command line reads them at each start, so nothing here imports the bundler.
export { FORMATS } from "./bundle/format.ts";
export { IMAGE_FORMATS } from "./output/image-format.ts";
export { ARCHS } from "./targets/arch.ts";
export { TARGET_NAMES } from "./targets/targets.ts";
