import type { TargetName } from "@tricast/plan";
import type { Values } from "./command.ts";
import { argument, defaulted, oneOf, optional } from "./options.ts";

export const TARGETS = ["aws", "azure", "gcp"] as const satisfies readonly TargetName[];

export const TARGET = argument("TARGET", `The cloud: ${TARGETS.join(", ")}.`, oneOf(TARGETS));

export const STAGE = optional("STAGE", "Stage of the configuration.", {
  env: "TRICAST_STAGE",
  otherwise: "its first stage",
});

export const CONFIG = optional("FILE", "The configuration file.", {
  otherwise: "tricast.config.ts, .mts, .js, .mjs or .json in the current directory",
});

/** Options of every command that reads a stage and its artefacts. */
export const STAGE_OPTIONS = {
  stage: STAGE,
  config: CONFIG,
  artefacts: defaulted("DIR", 'Folder that "tricast build" writes to.', { fallback: ".tricast" }),
};

export type StageValues = Values<unknown, typeof STAGE_OPTIONS>;

export const PREDICTOR = optional("NAME", "The predictor to call.", { otherwise: "the only one of the configuration" });

export const API_KEY = optional("KEY", "API key (AWS) or function key (Azure).", { env: "TRICAST_API_KEY" });

export const TOKEN = optional("TOKEN", "Bearer token from the endpoint's issuer.", { env: "TRICAST_TOKEN" });
