import { BUDGETS } from "../budget/budget.ts";
import { serverSettings } from "../image/index.ts";
import { cloudFunctions } from "./cloud-functions.ts";
import type { TargetRules } from "./target.ts";

/** Starts the server; the base image has node on its path. */
const PROGRAM = "node_modules/@google-cloud/functions-framework/bin.js";

/** A plain server in an image: Google's framework serves the handler, on any host of containers. */
export const container: TargetRules = {
  ...cloudFunctions,
  target: "container",
  archs: ["x64", "arm64"],
  archRule: "containers run on both",
  system: { name: "a container", glibc: undefined, source: "the base image's own C library, where a base is given" },
  budget: BUDGETS.container,
  takesIndex: true,
  image: ({ name }) => ({
    defaultBase: "docker.io/library/node:24-slim",
    host: "any",
    settings: serverSettings({ entrypoint: ["node", PROGRAM], env: { FUNCTION_TARGET: name }, title: name }),
  }),
  zipName: undefined,
  waysOut: () => [],
  settings: ({ name }) => ({
    command: `node ${PROGRAM}`,
    environment: `FUNCTION_TARGET=${name}`,
    port: "8080",
  }),
};
