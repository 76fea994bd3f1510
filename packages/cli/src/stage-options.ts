import type { TargetName } from "@tricast/plan";
import { argument, defaulted, oneOf, optional, words } from "./options.ts";

export const TARGETS = ["aws", "azure", "gcp"] as const satisfies readonly TargetName[];

export const TARGET = argument("TARGET", `Which cloud: ${TARGETS.join(", ")}.`, oneOf(TARGETS));

export const STAGE = optional({
  flag: "stage",
  placeholder: "STAGE",
  env: "TRICAST_STAGE",
  description: "Stage of the configuration.",
  otherwise: "its first one",
  parse: words,
});

export const CONFIG = optional({
  flag: "config",
  placeholder: "FILE",
  description: "The configuration.",
  otherwise: "tricast.config.ts, .mts, .js, .mjs or .json in this folder",
  parse: words,
});

export const PREDICTOR = optional({
  flag: "predictor",
  placeholder: "NAME",
  description: "Which predictor of the configuration.",
  otherwise: "the only one",
  parse: words,
});

export const API_KEY = optional({
  flag: "api-key",
  placeholder: "KEY",
  env: "TRICAST_API_KEY",
  description: "API key (AWS) or function key (Azure).",
  parse: words,
});

export const TOKEN = optional({
  flag: "token",
  placeholder: "TOKEN",
  env: "TRICAST_TOKEN",
  description: "Bearer token of the endpoint's issuer.",
  parse: words,
});

export const ARTEFACTS = defaulted({
  flag: "artefacts",
  placeholder: "DIR",
  description: 'Folder that "tricast build" writes.',
  parse: words,
  fallback: ".tricast",
});
