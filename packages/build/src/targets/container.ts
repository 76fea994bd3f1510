import { BUDGETS } from "../budget/budget.ts";
import { cloudFunctions } from "./cloud-functions.ts";
import type { TargetRules } from "./target.ts";

/** A plain server in an image: Google's framework serves the handler, on any host of containers. */
export const container: TargetRules = {
  ...cloudFunctions,
  target: "container",
  archs: ["x64", "arm64"],
  archRule: "containers run on both",
  system: { name: "a container", glibc: undefined, source: "the base image, which is checked when the image is built" },
  budget: BUDGETS.container,
  zipName: undefined,
  waysOut: [],
  settings: ({ name }) => ({
    command: "node node_modules/@google-cloud/functions-framework/bin.js",
    environment: `FUNCTION_TARGET=${name}`,
    port: "8080",
  }),
};
