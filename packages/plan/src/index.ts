export type * from "./config.ts";
export { defineConfig } from "./config.ts";
export type { OutputFile } from "./output-file.ts";
export type * from "./resolved-plan.ts";
