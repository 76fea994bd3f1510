// The values of build options. The command line reads them at each start, so this module does not import the bundler.
export { FORMATS } from "./bundle/format.ts";
export { IMAGE_FORMATS } from "./output/image-format.ts";
export { ARCHS } from "./targets/arch.ts";
export { TARGET_NAMES } from "./targets/targets.ts";
