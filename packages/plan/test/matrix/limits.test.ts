import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, checkPlan, resolvePlan } from "../../src/index.ts";
import type { Measured } from "../../src/tools.ts";
import { configOn, ECR, type Target } from "../support/setting-samples.ts";

interface Limit {
  readonly rule: string;
  readonly target: Target;
  /** The vendor's range, written a second time here so that it does not depend on the rules. */
  readonly least?: number;
  readonly most: number;
  readonly with: (value: number) => object;
  readonly measured?: (value: number) => Partial<Measured>;
}

const MIB = 1_048_576;
const STORED = { model: "s3://flowers/models/iris" };

function artefact(bytes: number, unzippedBytes: number): Partial<Measured> {
  return { artefacts: [{ kind: "function", file: "function.zip", bytes, unzippedBytes }] };
}

function tags(count: number): object {
  return { tags: Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, "x"])) };
}

const LIMITS: readonly Limit[] = [
  { rule: "aws-memory-range", target: "aws", least: 128, most: 10_240, with: (memoryMb) => ({ memoryMb }) },
  { rule: "aws-scratch-range", target: "aws", least: 512, most: 10_240, with: (scratchMb) => ({ scratchMb }) },
  {
    rule: "aws-timeout-range",
    target: "aws",
    most: 900,
    with: (timeoutSeconds) => ({ timeoutSeconds, endpoint: false }),
  },
  {
    rule: "aws-timeout-range",
    target: "aws",
    most: 900,
    with: (timeoutSeconds) => ({ timeoutSeconds, endpoint: { kind: "function-url" } }),
  },
  { rule: "http-api-timeout", target: "aws", most: 30, with: (timeoutSeconds) => ({ timeoutSeconds }) },
  {
    rule: "rest-api-timeout",
    target: "aws",
    most: 29,
    with: (timeoutSeconds) => ({ timeoutSeconds, endpoint: { kind: "rest" } }),
  },
  { rule: "body-limit", target: "aws", most: 6, with: (maxBodyMb) => ({ endpoint: { maxBodyMb } }) },
  {
    rule: "alb-body-limit",
    target: "aws",
    most: 1,
    with: (maxBodyMb) => ({ endpoint: { maxBodyMb, loadBalancer: true } }),
  },
  {
    rule: "provisioned-above-reserved",
    target: "aws",
    most: 7,
    with: (warmInstances) => ({ warmInstances, maxInstances: 7 }),
  },
  { rule: "concurrency-quota", target: "aws", most: 900, with: (maxInstances) => ({ maxInstances }) },
  {
    rule: "ping-above-max",
    target: "aws",
    most: 4,
    with: (concurrency) => ({ ping: { concurrency }, maxInstances: 4 }),
  },
  {
    rule: "alarm-above-timeout",
    target: "aws",
    most: 9_999,
    with: (p99Ms) => ({ alarms: { p99Ms }, timeoutSeconds: 10 }),
  },
  { rule: "aws-tag-form", target: "aws", most: 50, with: tags },
  { rule: "aws-tag-form", target: "aws", most: 256, with: (length) => ({ tags: { a: "x".repeat(length) } }) },
  {
    rule: "aws-tag-form",
    target: "aws",
    least: 1,
    most: 128,
    with: (length) => ({ tags: { ["x".repeat(length)]: "a" } }),
  },
  {
    rule: "lambda-environment-size",
    target: "aws",
    most: 4096,
    // é has two bytes, and the name has one.
    with: (bytes) => ({ environment: { A: `${"é".repeat(1000)}${"x".repeat(bytes - 2001)}` } }),
  },
  {
    rule: "lambda-unzipped-size",
    target: "aws",
    most: 250 * MIB,
    with: () => ({}),
    measured: (bytes) => artefact(1, bytes),
  },
  {
    rule: "lambda-upload-size",
    target: "aws",
    most: 50 * MIB,
    with: () => ({}),
    measured: (bytes) => artefact(bytes, 1),
  },
  {
    rule: "lambda-image-size",
    target: "aws",
    most: 10_240 * MIB,
    with: () => ({ packaging: "image", image: `${ECR}:1` }),
    measured: (bytes) => artefact(1, bytes),
  },
  {
    rule: "scratch-below-model",
    target: "aws",
    most: 600 * MIB,
    with: () => ({ ...STORED, scratchMb: 600 }),
    measured: (modelBytes) => ({ modelBytes }),
  },
  {
    rule: "memory-below-need",
    target: "aws",
    most: 900 * MIB,
    with: () => ({ memoryMb: 1000 }),
    measured: (peakMemoryBytes) => ({ peakMemoryBytes }),
  },

  { rule: "azure-concurrency-range", target: "azure", least: 1, most: 1000, with: (concurrency) => ({ concurrency }) },
  { rule: "azure-max-instances-range", target: "azure", most: 1000, with: (maxInstances) => ({ maxInstances }) },
  { rule: "azure-scratch-fixed", target: "azure", most: 800, with: (scratchMb) => ({ scratchMb }) },
  { rule: "azure-http-timeout", target: "azure", most: 230, with: (timeoutSeconds) => ({ timeoutSeconds }) },
  { rule: "body-limit", target: "azure", most: 210, with: (maxBodyMb) => ({ endpoint: { maxBodyMb } }) },
  { rule: "warm-above-max", target: "azure", most: 7, with: (warmInstances) => ({ warmInstances, maxInstances: 7 }) },
  { rule: "azure-tag-form", target: "azure", most: 50, with: tags },
  {
    rule: "azure-tag-form",
    target: "azure",
    least: 1,
    most: 512,
    with: (length) => ({ tags: { ["x".repeat(length)]: "a" } }),
  },
  {
    rule: "flex-package-size",
    target: "azure",
    most: 800_000_000,
    with: () => ({}),
    measured: (bytes) => artefact(1, bytes),
  },

  {
    rule: "gcp-memory-range",
    target: "gcp",
    least: 128,
    most: 32_768,
    with: (memoryMb) => ({ memoryMb, cpu: memoryMb > 1000 ? 8 : 0.4, concurrency: 1 }),
  },
  { rule: "gcp-concurrency-range", target: "gcp", least: 1, most: 1000, with: (concurrency) => ({ concurrency }) },
  { rule: "gcp-timeout-range", target: "gcp", most: 3600, with: (timeoutSeconds) => ({ timeoutSeconds }) },
  { rule: "body-limit", target: "gcp", most: 32, with: (maxBodyMb) => ({ endpoint: { maxBodyMb } }) },
  { rule: "warm-above-max", target: "gcp", most: 7, with: (warmInstances) => ({ warmInstances, maxInstances: 7 }) },
  { rule: "gcp-label-form", target: "gcp", most: 64, with: tags },
  {
    rule: "gcp-label-form",
    target: "gcp",
    least: 1,
    most: 63,
    with: (length) => ({ tags: { ["x".repeat(length)]: "a" } }),
  },
  { rule: "gcp-label-form", target: "gcp", most: 63, with: (length) => ({ tags: { a: "x".repeat(length) } }) },

  { rule: "container-timeout", target: "sagemaker", most: 60, with: (timeoutSeconds) => ({ timeoutSeconds }) },
  { rule: "container-timeout", target: "azureMl", most: 180, with: (timeoutSeconds) => ({ timeoutSeconds }) },
  {
    rule: "container-bounds",
    target: "kubernetes",
    most: 7,
    with: (warmInstances) => ({ warmInstances, maxInstances: 7 }),
  },
  { rule: "fargate-size", target: "ecs", most: 200 * 1024, with: (scratchMb) => ({ scratchMb }) },
];

function rulesOf(config: Config, measured?: Partial<Measured>): readonly string[] {
  const facts = { artefacts: [], modelBytes: 0, peakMemoryBytes: undefined, ...measured };
  const plan = resolvePlan(config, "dev", { iris: { aws: facts, azure: facts, gcp: facts } });
  return checkPlan(plan).map(({ rule }) => rule);
}

describe("a limit of a platform", () => {
  for (const { rule, target, least, most, with: settings, measured } of LIMITS) {
    const isFound = (value: number) => rulesOf(configOn(target, settings(value)), measured?.(value)).includes(rule);

    it(`is that of the vendor: ${rule} on ${target}, ${least ?? ""} to ${most}`, () => {
      assert.deepEqual([most, most + 1].map(isFound), [false, true]);
      // The configuration refuses 0 earlier.
      if (least !== undefined) assert.equal(isFound(least), false);
      if (least !== undefined && least > 1) assert.equal(isFound(least - 1), true);
    });
  }
});

describe("sizes that belong together", () => {
  const GB = 1024;

  it("are those of Fargate's table, and no others", () => {
    // cpu: [from, to, step] in GB, from the vendor's table.
    const table: Readonly<Record<number, readonly [number, number, number]>> = {
      0.5: [1, 4, 1],
      1: [2, 8, 1],
      2: [4, 16, 1],
      4: [8, 30, 1],
      8: [16, 60, 4],
      16: [32, 120, 8],
    };
    for (const cpu of [0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 32]) {
      for (let memoryMb = 256; memoryMb <= 128 * GB; memoryMb += 256) {
        const [from = 0, to = 0, step = 1] = table[cpu] ?? [];
        const gb = memoryMb / GB;
        const isInTable =
          cpu === 0.25 ? [512, GB, 2 * GB].includes(memoryMb) : gb >= from && gb <= to && (gb - from) % step === 0;
        const isFound = rulesOf(configOn("ecs", { cpu, memoryMb })).includes("fargate-size");
        assert.equal(isFound, !isInTable, `${cpu} vCPU with ${memoryMb} MB`);
      }
    }
  });

  it("are those of Cloud Run's tables, and no others", () => {
    const most = (cpu: number) =>
      [
        [0.5, 0.5],
        [1, 1],
        [2, 4],
        [4, 8],
        [6, 16],
        [8, 24],
      ].find(([below = 0]) => cpu < below)?.[1] ?? 32;
    const least = (cpu: number) => (cpu >= 6 ? 4 : cpu === 4 ? 2 : 0);
    for (const cpu of [0.08, 0.3, 0.5, 0.99, 1, 2, 4, 6, 8]) {
      for (let memoryMb = 128; memoryMb <= 32 * GB; memoryMb += 128) {
        const rules = rulesOf(configOn("gcp", { cpu, memoryMb, concurrency: 1 }));
        assert.equal(rules.includes("gcp-cpu-for-memory"), memoryMb > most(cpu) * GB, `${cpu} with ${memoryMb}`);
        assert.equal(rules.includes("gcp-memory-for-cpu"), memoryMb < least(cpu) * GB, `${cpu} with ${memoryMb}`);
      }
    }
  });

  it("of Cloud Run's CPU are hundredths below one, and a few whole numbers", () => {
    for (let hundredths = 1; hundredths <= 900; hundredths++) {
      const isAllowed = (hundredths >= 8 && hundredths < 100) || [100, 200, 400, 600, 800].includes(hundredths);
      const config = configOn("gcp", { cpu: hundredths / 100, concurrency: 1 });
      assert.equal(rulesOf(config).includes("gcp-cpu-steps"), !isAllowed, `${hundredths / 100}`);
    }
    assert.ok(rulesOf(configOn("gcp", { cpu: 0.085, concurrency: 1 })).includes("gcp-cpu-steps"));
  });
});
