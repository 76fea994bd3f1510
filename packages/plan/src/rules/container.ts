import type { ContainerTargetName } from "../config.ts";
import { isProduction } from "../facts/defaults.ts";
import { scales } from "../facts/scaling.ts";
import type { ResolvedInstance, ResolvedSite, ResolvedTask } from "../resolved-plan.ts";
import { containerRule, foreignSecrets, type Rule, repeats, siteRule, type Violation } from "./rule.ts";

/** When each cuts a request, in seconds. */
const LONGEST: Readonly<Partial<Record<ContainerTargetName, number>>> = { sagemaker: 60, azureMl: 180 };

export const CONTAINER_RULES: readonly Rule[] = [
  containerRule({
    name: "container-image-missing",
    why: "Only you know the registry that the image is in.",
    source: "tricast: Settings.image",
    look: ({ image, target }) =>
      image === undefined
        ? { field: "image", seen: "nothing", fix: `write image: "<registry>/<repository>:<tag>" under ${target}` }
        : undefined,
  }),
  containerRule({
    name: "container-public-in-production",
    targets: ["ecs"],
    why: "Without a decision whoever reaches the load balancer may call it.",
    source: "tricast: prod asks for a choice",
    look: ({ endpoint }, { stage }) =>
      endpoint?.auth === "none" && !endpoint.authChosen && isProduction(stage)
        ? {
            field: "endpoint.auth",
            seen: "no choice, which means public",
            fix: 'choose "api-key", or an issuer and audience; or "none", if everybody shall call it',
          }
        : undefined,
  }),
  containerRule({
    name: "container-secret-store",
    why: "A platform resolves references to its own secret store only, and managed endpoints resolve none: a value would stand readable in the endpoint's settings.",
    source: "tricast: SecretReference",
    look: (one) => foreignSecrets(one, "name secrets under the targets that have them, and read this one in the code"),
  }),
  containerRule({
    name: "container-bounds",
    why: "The least is over the most, so no number of instances satisfies both.",
    source: "tricast: WarmInstances",
    look: ({ instances }) =>
      [instances, ...instances.schedule]
        .filter(({ min, max }) => min > max)
        .map(({ min, max }) => ({
          field: "warmInstances",
          seen: `min ${min}, max ${max}`,
          fix: "raise maxInstances, or the max of the window",
        })),
  }),
  containerRule({
    name: "container-schedule",
    targets: ["kubernetes", "vertex", "azureMl"],
    why: "The autoscaler there has no times of day, so a schedule would be ignored.",
    source: "kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale",
    look: ({ instances }) =>
      instances.schedule.length > 0
        ? { field: "warmInstances.schedule", seen: "a schedule", fix: "give a number here, and the schedule elsewhere" }
        : undefined,
  }),
  containerRule({
    name: "container-timeout",
    targets: ["sagemaker", "azureMl"],
    why: "SageMaker gives a container 60 seconds for an answer, Azure ML 180 at the most.",
    source:
      "docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html; learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online#requestsettings",
    look: ({ timeoutSeconds, target }) => {
      const most = LONGEST[target] ?? Number.POSITIVE_INFINITY;
      return timeoutSeconds > most
        ? { field: "timeoutSeconds", seen: `${timeoutSeconds} seconds`, fix: `take at most ${most} seconds` }
        : undefined;
    },
  }),
  containerRule({
    name: "fargate-size",
    targets: ["ecs"],
    why: "Fargate has certain sizes of CPU and memory, and scratch space of 21 to 200 GiB or the 20 that come for nothing; it refuses any other.",
    source: "docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size",
    look: (container) => fargateSize(container as ResolvedTask),
  }),
  containerRule({
    name: "sagemaker-image-registry",
    targets: ["sagemaker"],
    why: "SageMaker pulls images from Amazon ECR, unless a private registry is reached through a VPC.",
    source: "docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html",
    look: ({ image }) =>
      image === undefined || /\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?\//.test(image)
        ? undefined
        : { field: "image", seen: image, fix: "push it to <account>.dkr.ecr.<region>.amazonaws.com" },
  }),
  containerRule({
    name: "sagemaker-burstable",
    targets: ["sagemaker"],
    why: "SageMaker refuses to scale endpoints on burstable machines.",
    source: "docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html",
    look: (container) => {
      const { instanceType, instances } = container as ResolvedInstance;
      return /^ml\.t\d/.test(instanceType) && scales(instances)
        ? {
            field: "instanceType",
            seen: `${instanceType} for ${instances.min} to ${instances.max} instances`,
            fix: `take a type such as ml.c6i.large, or maxInstances: ${instances.min}`,
          }
        : undefined;
    },
  }),
  siteRule({
    name: "nginx-server-shared",
    why: "Two sites in front of one server: one of them would answer with the other's model.",
    source: "tricast: SiteSettings.servers",
    look: (sites) =>
      repeats(sites.flatMap(addressesOf), ({ address }) => address).map(([address, owners]) => ({
        field: `${owners[0]?.predictor}.servers`,
        seen: `${address} for ${owners.map(({ predictor }) => predictor).join(" and ")}`,
        fix: "name each predictor's own servers under on.nginx",
      })),
  }),
];

function addressesOf({ predictor, servers, grpcServers }: ResolvedSite) {
  return [...servers, ...grpcServers].map((address) => ({ predictor, address }));
}

interface FargateSize {
  readonly leastGb: number;
  readonly mostGb: number;
  readonly stepGb: number;
}

/** By vCPUs; a quarter has half a GB, too. */
const FARGATE: Readonly<Record<number, FargateSize>> = {
  0.25: { leastGb: 1, mostGb: 2, stepGb: 1 },
  0.5: { leastGb: 1, mostGb: 4, stepGb: 1 },
  1: { leastGb: 2, mostGb: 8, stepGb: 1 },
  2: { leastGb: 4, mostGb: 16, stepGb: 1 },
  4: { leastGb: 8, mostGb: 30, stepGb: 1 },
  8: { leastGb: 16, mostGb: 60, stepGb: 4 },
  16: { leastGb: 32, mostGb: 120, stepGb: 8 },
};

const GB_IN_MB = 1024;
const FARGATE_SCRATCH_GB = 200;

function fargateSize({ cpu, memoryMb, scratchMb }: ResolvedTask): Violation | undefined {
  const size = FARGATE[cpu];
  if (size === undefined) {
    return { field: "cpu", seen: `${cpu} vCPU`, fix: `choose ${Object.keys(FARGATE).sort(byNumber).join(", ")}` };
  }
  if (scratchMb > FARGATE_SCRATCH_GB * GB_IN_MB) {
    return { field: "scratchMb", seen: `${scratchMb} MB`, fix: `take at most ${FARGATE_SCRATCH_GB * GB_IN_MB}` };
  }
  const gb = memoryMb / GB_IN_MB;
  const isStep = Number.isInteger((gb - size.leastGb) / size.stepGb) && gb >= size.leastGb && gb <= size.mostGb;
  if (isStep || (cpu === 0.25 && memoryMb === 512)) return undefined;
  const fix = `take ${size.leastGb * GB_IN_MB} to ${size.mostGb * GB_IN_MB} MB in steps of ${size.stepGb * GB_IN_MB}`;
  return { field: "memoryMb", seen: `${memoryMb} MB with ${cpu} vCPU`, fix };
}

function byNumber(left: string, right: string): number {
  return Number(left) - Number(right);
}
