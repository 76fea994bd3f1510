import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, violation } from "./rule.ts";

const LAMBDA_LIMITS = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const FLEX = "learn.microsoft.com/azure/azure-functions/flex-consumption-plan";
const RUN_MEMORY = "cloud.google.com/run/docs/configuring/services/memory-limits";
const RUN_CPU = "cloud.google.com/run/docs/configuring/services/cpu";

type NumberField = "memoryMb" | "timeoutSeconds" | "scratchMb" | "concurrency" | "maxInstances";

/** Finds a number outside a range. A setting without a value passes. */
function outside(field: NumberField, least: number, most: number, unit: string) {
  return ({ [field]: value = least }: ResolvedFunction) =>
    (value < least || value > most) && violation(field, `${value} ${unit}`, `choose ${least} to ${most} ${unit}`);
}

const FLEX_SIZES = [512, 2048, 4096];
const RUN_CPUS = [1, 2, 4, 6, 8];

/** The maximum memory for fewer than this number of vCPUs, in MiB, from the vendor's table. */
const MEMORY_OF_CPU: readonly (readonly [below: number, most: number])[] = [
  [0.5, 512],
  [1, 1024],
  [2, 4096],
  [4, 8192],
  [6, 16384],
  [8, 24576],
  [Number.POSITIVE_INFINITY, 32768],
];

/** The minimum memory by vCPUs, in MiB, from the vendor's table. */
const LEAST_MEMORY_OF_CPU: Readonly<Record<number, number>> = { 4: 2048, 6: 4096, 8: 4096 };

export const SIZE_RULES: readonly Rule[] = [
  functionRule("aws-memory-range", ["aws"], {
    why: "Lambda functions have 128 to 10,240 MB. Lambda refuses any other size.",
    source: LAMBDA_LIMITS,
    look: outside("memoryMb", 128, 10_240, "MB"),
  }),
  functionRule("aws-timeout-range", ["aws"], {
    why: "Lambda stops a function after 15 minutes and refuses a longer timeout.",
    source: LAMBDA_LIMITS,
    // Gateways have rules of their own. A function URL waits as long as the function runs.
    look: (fn) =>
      (fn.endpoint?.kind ?? "function-url") === "function-url" && outside("timeoutSeconds", 1, 900, "seconds")(fn),
  }),
  functionRule("aws-scratch-range", ["aws"], {
    why: "The scratch folder of a Lambda function has 512 to 10,240 MB.",
    source: LAMBDA_LIMITS,
    look: outside("scratchMb", 512, 10_240, "MB"),
  }),
  functionRule("aws-concurrency-one", ["aws"], {
    why: "An instance of a Lambda function serves one request at a time. Lambda would ignore any other number.",
    source: "docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
    look: ({ concurrency }) =>
      concurrency !== 1 && violation("concurrency", String(concurrency), "remove it here, or set it on other targets"),
  }),
  functionRule("azure-memory-size", ["azure"], {
    why: "A Flex Consumption plan has instances of three sizes and refuses any other.",
    source: `${FLEX}#instance-sizes`,
    look: ({ memoryMb }) =>
      !FLEX_SIZES.includes(memoryMb) && violation("memoryMb", `${memoryMb} MB`, `choose ${FLEX_SIZES.join(", ")} MB`),
  }),
  functionRule("azure-scratch-fixed", ["azure"], {
    why: "An instance of a Flex Consumption plan has 0.8 GB of temporary storage. This size is fixed.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#service-limits",
    look: outside("scratchMb", 1, 800, "MB"),
  }),
  functionRule("azure-concurrency-range", ["azure"], {
    why: "An instance of a Flex Consumption plan serves 1 to 1,000 HTTP requests at once.",
    source: `${FLEX}#concurrency`,
    look: outside("concurrency", 1, 1000, "requests"),
  }),
  functionRule("azure-max-instances-range", ["azure"], {
    why: "A Flex Consumption app has at most 1,000 instances.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#scale",
    look: outside("maxInstances", 1, 1000, "instances"),
  }),
  functionRule("gcp-memory-range", ["gcp"], {
    why: "Google has instances of 128 MiB to 32 GiB and refuses any other size.",
    source: RUN_MEMORY,
    look: outside("memoryMb", 128, 32_768, "MB"),
  }),
  functionRule("gcp-cpu-steps", ["gcp"], {
    why: "Cloud Run has 0.08 to 1 vCPU in steps of 0.01, or 1, 2, 4, 6 or 8, and refuses any other number.",
    source: RUN_CPU,
    look: ({ cpu }) =>
      !RUN_CPUS.includes(cpu) &&
      !(cpu >= 0.08 && cpu < 1 && Number.isInteger(Math.round(cpu * 1e6) / 1e4)) &&
      violation("cpu", `${cpu} vCPU`, `choose ${RUN_CPUS.join(", ")}, or 0.08 to 1`),
  }),
  functionRule("gcp-cpu-for-memory", ["gcp"], {
    why: "Cloud Run limits the memory by the number of vCPUs.",
    source: `${RUN_MEMORY}#cpu-minimum`,
    look({ cpu, memoryMb }) {
      const most = MEMORY_OF_CPU.find(([below]) => cpu < below)?.[1] ?? Number.POSITIVE_INFINITY;
      if (memoryMb <= most || memoryMb > 32_768) return undefined;
      return violation("cpu", `${cpu} vCPU with ${memoryMb} MB`, `raise cpu, or set memoryMb to at most ${most}`);
    },
  }),
  functionRule("gcp-memory-for-cpu", ["gcp"], {
    why: "Cloud Run requires a minimum of memory for 4 or more vCPUs.",
    source: `${RUN_CPU}#cpu-memory`,
    look({ cpu, memoryMb }) {
      const least = LEAST_MEMORY_OF_CPU[cpu] ?? 0;
      if (memoryMb >= least || memoryMb < 128) return undefined;
      return violation("memoryMb", `${memoryMb} MB with ${cpu} vCPU`, `set at least ${least} MB`);
    },
  }),
  functionRule("gcp-concurrency-needs-cpu", ["gcp"], {
    why: "With less than one vCPU, an instance serves one request at a time. Cloud Run refuses more.",
    source: "cloud.google.com/run/docs/about-concurrency",
    look: ({ cpu, concurrency }) =>
      concurrency !== 1 &&
      cpu < 1 &&
      violation("concurrency", `${concurrency} with ${cpu} vCPU`, "set concurrency: 1, or cpu: 1"),
  }),
  functionRule("gcp-concurrency-range", ["gcp"], {
    why: "An instance on Cloud Run serves at most 1,000 requests at once.",
    source: "cloud.google.com/run/docs/about-concurrency",
    look: outside("concurrency", 1, 1000, "requests"),
  }),
  functionRule("gcp-timeout-range", ["gcp"], {
    why: "Cloud Run stops a request after 60 minutes.",
    source: "cloud.google.com/run/docs/configuring/request-timeout",
    look: outside("timeoutSeconds", 1, 3600, "seconds"),
  }),
  functionRule("x64-only", ["azure", "gcp"], {
    why: "Azure Functions and Google run x64 only. An arm64 artefact does not start there.",
    source:
      "cloud.google.com/run/docs/container-contract#languages; learn.microsoft.com/azure/azure-functions/functions-scale",
    look: ({ architecture }) =>
      architecture !== "x64" && violation("architecture", architecture, "set arm64 under targets.aws only"),
  }),
];
