import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule } from "./rule.ts";

const LAMBDA_LIMITS = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const FLEX = "learn.microsoft.com/azure/azure-functions/flex-consumption-plan";
const RUN_MEMORY = "cloud.google.com/run/docs/configuring/services/memory-limits";
const RUN_CPU = "cloud.google.com/run/docs/configuring/services/cpu";

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

type NumberField = "memoryMb" | "timeoutSeconds" | "scratchMb" | "concurrency";

/** Sees a number outside of a range. */
function outside(field: NumberField, { least, most, unit }: Range) {
  return (fn: ResolvedFunction) =>
    fn[field] >= least && fn[field] <= most
      ? undefined
      : { field, seen: `${fn[field]} ${unit}`, fix: `choose ${least} to ${most} ${unit}` };
}

const FLEX_SIZES = [512, 2048, 4096];
const RUN_CPUS = [1, 2, 4, 6, 8];

/** The most memory that goes with so many vCPUs, in MiB, from the table of the vendor. */
const MEMORY_OF_CPU: readonly (readonly [below: number, most: number])[] = [
  [0.5, 512],
  [1, 1024],
  [2, 4096],
  [4, 8192],
  [6, 16384],
  [8, 24576],
  [Number.POSITIVE_INFINITY, 32768],
];

/** The least, likewise. */
const LEAST_MEMORY_OF_CPU: Readonly<Record<number, number>> = { 4: 2048, 6: 4096, 8: 4096 };

export const SIZE_RULES: readonly Rule[] = [
  functionRule({
    name: "aws-memory-range",
    targets: ["aws"],
    why: "Lambda has functions of 128 to 10,240 MB and refuses any other.",
    source: LAMBDA_LIMITS,
    look: outside("memoryMb", { least: 128, most: 10_240, unit: "MB" }),
  }),
  functionRule({
    name: "aws-timeout-range",
    targets: ["aws"],
    why: "Lambda stops a function after 15 minutes at the latest and refuses a longer timeout.",
    source: LAMBDA_LIMITS,
    look: (fn) => (fn.endpoint === undefined ? outside("timeoutSeconds", LAMBDA_TIMEOUT)(fn) : tooLongForUrl(fn)),
  }),
  functionRule({
    name: "aws-scratch-range",
    targets: ["aws"],
    why: "The scratch folder of a Lambda function has 512 to 10,240 MB.",
    source: LAMBDA_LIMITS,
    look: outside("scratchMb", { least: 512, most: 10_240, unit: "MB" }),
  }),
  functionRule({
    name: "aws-concurrency-one",
    targets: ["aws"],
    why: "An instance of a Lambda function serves one request at a time, so any other number would be ignored.",
    source: "docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
    look: ({ concurrency }) =>
      concurrency === 1
        ? undefined
        : { field: "concurrency", seen: String(concurrency), fix: "leave it out, or set it on the other targets" },
  }),
  functionRule({
    name: "azure-memory-size",
    targets: ["azure"],
    why: "A Flex Consumption plan has instances of three sizes and refuses any other.",
    source: `${FLEX}#instance-sizes`,
    look: ({ memoryMb }) =>
      FLEX_SIZES.includes(memoryMb)
        ? undefined
        : { field: "memoryMb", seen: `${memoryMb} MB`, fix: `choose ${FLEX_SIZES.join(", ")} MB` },
  }),
  functionRule({
    name: "azure-scratch-fixed",
    targets: ["azure"],
    why: "An instance of a Flex Consumption plan has 0.8 GB of temporary storage, which cannot be raised.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#service-limits",
    look: ({ scratchMb }) =>
      scratchMb <= 800
        ? undefined
        : { field: "scratchMb", seen: `${scratchMb} MB`, fix: "choose at most 800 MB, or a target with more" },
  }),
  functionRule({
    name: "azure-concurrency-range",
    targets: ["azure"],
    why: "The concurrency of HTTP on one instance of a Flex Consumption plan is 1 to 1,000.",
    source: `${FLEX}#concurrency`,
    look: outside("concurrency", { least: 1, most: 1000, unit: "requests" }),
  }),
  functionRule({
    name: "azure-max-instances-range",
    targets: ["azure"],
    why: "A Flex Consumption app has at most 1,000 instances.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#scale",
    look: ({ maxInstances = 1 }) =>
      maxInstances <= 1000
        ? undefined
        : { field: "maxInstances", seen: String(maxInstances), fix: "choose at most 1000" },
  }),
  functionRule({
    name: "gcp-memory-range",
    targets: ["gcp"],
    why: "Google has instances of 128 MiB to 32 GiB and refuses any other.",
    source: RUN_MEMORY,
    look: outside("memoryMb", { least: 128, most: 32_768, unit: "MB" }),
  }),
  functionRule({
    name: "gcp-cpu-steps",
    targets: ["gcp"],
    why: "Cloud Run has 0.08 to 1 vCPU in steps of 0.01, or 1, 2, 4, 6 or 8, and refuses any other.",
    source: RUN_CPU,
    look: ({ cpu }) =>
      RUN_CPUS.includes(cpu) || (cpu >= 0.08 && cpu < 1 && Number.isInteger(Math.round(cpu * 1e6) / 1e4))
        ? undefined
        : { field: "cpu", seen: `${cpu} vCPU`, fix: `choose ${RUN_CPUS.join(", ")}, or 0.08 to 1` },
  }),
  functionRule({
    name: "gcp-cpu-for-memory",
    targets: ["gcp"],
    why: "Cloud Run refuses more memory than goes with the vCPUs.",
    source: `${RUN_MEMORY}#cpu-minimum`,
    look({ cpu, memoryMb }) {
      const most = MEMORY_OF_CPU.find(([below]) => cpu < below)?.[1] ?? Number.POSITIVE_INFINITY;
      if (memoryMb <= most || memoryMb > 32_768) return undefined;
      return { field: "cpu", seen: `${cpu} vCPU with ${memoryMb} MB`, fix: `raise cpu, or take at most ${most} MB` };
    },
  }),
  functionRule({
    name: "gcp-memory-for-cpu",
    targets: ["gcp"],
    why: "Cloud Run refuses 4 vCPUs and more with little memory.",
    source: `${RUN_CPU}#cpu-memory`,
    look({ cpu, memoryMb }) {
      const least = LEAST_MEMORY_OF_CPU[cpu] ?? 0;
      if (memoryMb >= least || memoryMb < 128) return undefined;
      return { field: "memoryMb", seen: `${memoryMb} MB with ${cpu} vCPU`, fix: `take at least ${least} MB` };
    },
  }),
  functionRule({
    name: "gcp-concurrency-needs-cpu",
    targets: ["gcp"],
    why: "Under one vCPU an instance may serve one request at a time only; Cloud Run refuses more.",
    source: "cloud.google.com/run/docs/about-concurrency",
    look: ({ cpu, concurrency }) =>
      concurrency === 1 || cpu >= 1
        ? undefined
        : { field: "concurrency", seen: `${concurrency} with ${cpu} vCPU`, fix: "set concurrency: 1, or cpu: 1" },
  }),
  functionRule({
    name: "gcp-concurrency-range",
    targets: ["gcp"],
    why: "An instance on Cloud Run serves at most 1,000 requests at once.",
    source: "cloud.google.com/run/docs/about-concurrency",
    look: outside("concurrency", { least: 1, most: 1000, unit: "requests" }),
  }),
  functionRule({
    name: "gcp-timeout-range",
    targets: ["gcp"],
    why: "Cloud Run gives a request 60 minutes at most.",
    source: "cloud.google.com/run/docs/configuring/request-timeout",
    look: outside("timeoutSeconds", { least: 1, most: 3600, unit: "seconds" }),
  }),
  functionRule({
    name: "x64-only",
    targets: ["azure", "gcp"],
    why: "Azure Functions and Google run x64 only: an arm64 artefact does not start there.",
    source:
      "cloud.google.com/run/docs/container-contract#languages; learn.microsoft.com/azure/azure-functions/functions-scale",
    look: ({ architecture }) =>
      architecture === "x64"
        ? undefined
        : { field: "architecture", seen: architecture, fix: "set arm64 under targets.aws only" },
  }),
];

const LAMBDA_TIMEOUT: Range = { least: 1, most: 900, unit: "seconds" };

/** Gateways have rules of their own; a function's own URL waits as long as the function may take. */
function tooLongForUrl(fn: ResolvedFunction) {
  return fn.endpoint?.kind === "function-url" ? outside("timeoutSeconds", LAMBDA_TIMEOUT)(fn) : undefined;
}
