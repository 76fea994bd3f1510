import type { ContainerTargetName } from "../config.ts";
import { isProduction } from "../facts/defaults.ts";
import { scales } from "../facts/scaling.ts";
import type { ResolvedInstance, ResolvedSite, ResolvedTask } from "../resolved-plan.ts";
import { containerRule, foreignSecrets, type Rule, sharedKeys, siteRule, type Violation, violation } from "./rule.ts";

/** The longest time for one response, in seconds. */
const LONGEST: Readonly<Partial<Record<ContainerTargetName, number>>> = { sagemaker: 60, azureMl: 180 };

export const CONTAINER_RULES: readonly Rule[] = [
  containerRule("container-image-missing", "all", {
    why: "A container needs an image, and only you know its registry.",
    source: "tricast: Settings.image",
    look: ({ image, target }) =>
      image === undefined &&
      violation("image", "not set", `write image: "<registry>/<repository>:<tag>" under ${target}`),
  }),
  containerRule("container-public-in-production", ["ecs"], {
    why: "Every client of the load balancer can call the predictor, and the configuration does not choose that.",
    source: "tricast: prod requires a choice",
    look: ({ endpoint }, { stage }) =>
      endpoint?.auth === "none" &&
      !endpoint.authChosen &&
      isProduction(stage) &&
      violation(
        "endpoint.auth",
        "not set, which means public",
        'choose "api-key", or an issuer and audience; or "none" if all clients may call',
      ),
  }),
  containerRule("container-secret-store", "all", {
    why: "A platform resolves references to its own secret store only. Managed endpoints do not resolve references: the value would be readable in the settings of the endpoint.",
    source: "tricast: SecretReference",
    look: (one) =>
      foreignSecrets(one, "set secrets under the targets that support them, and read this secret in the code"),
  }),
  containerRule("container-bounds", "all", {
    why: "The minimum exceeds the maximum, so no number of instances satisfies both.",
    source: "tricast: WarmInstances",
    look: ({ instances }) =>
      [instances, ...instances.schedule].flatMap(({ min, max }) =>
        min > max
          ? violation("warmInstances", `min ${min}, max ${max}`, "raise maxInstances, or the max of the window")
          : [],
      ),
  }),
  containerRule("container-schedule", ["kubernetes", "vertex", "azureMl"], {
    why: "The autoscaler of this platform has no schedules and would ignore this one.",
    source: "kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale",
    look: ({ instances }) =>
      instances.schedule.length > 0 &&
      violation("warmInstances.schedule", "a schedule", "set a number here, and the schedule under other targets"),
  }),
  containerRule("container-timeout", ["sagemaker", "azureMl"], {
    why: "A container has 60 seconds for a response on SageMaker, and at most 180 seconds on Azure ML.",
    source:
      "docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html; learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online#requestsettings",
    look({ timeoutSeconds, target }) {
      const most = LONGEST[target] ?? Number.POSITIVE_INFINITY;
      return (
        timeoutSeconds > most && violation("timeoutSeconds", `${timeoutSeconds} seconds`, `set at most ${most} seconds`)
      );
    },
  }),
  containerRule("fargate-size", ["ecs"], {
    why: "Fargate has fixed sizes of CPU and memory. Scratch space is 20 GiB without charge, or 21 to 200 GiB. Fargate refuses any other size.",
    source: "docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size",
    look: (container) => fargateSize(container as ResolvedTask),
  }),
  containerRule("sagemaker-image-registry", ["sagemaker"], {
    why: "SageMaker pulls images from Amazon ECR. It reaches a private registry only through a VPC.",
    source: "docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html",
    look: ({ image }) =>
      image !== undefined &&
      !/\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?\//.test(image) &&
      violation("image", image, "push it to <account>.dkr.ecr.<region>.amazonaws.com"),
  }),
  containerRule("sagemaker-burstable", ["sagemaker"], {
    why: "SageMaker refuses to scale endpoints on burstable machines.",
    source: "docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html",
    look(container) {
      const { instanceType, instances } = container as ResolvedInstance;
      if (!/^ml\.t\d/.test(instanceType) || !scales(instances)) return undefined;
      const seen = `${instanceType} for ${instances.min} to ${instances.max} instances`;
      return violation("instanceType", seen, `use a type such as ml.c6i.large, or maxInstances: ${instances.min}`);
    },
  }),
  siteRule("nginx-server-shared", {
    why: "Two sites forward to one server. One of them answers with the model of the other.",
    source: "tricast: SiteSettings.servers",
    look: (sites) =>
      sharedKeys(
        sites.flatMap(addressesOf),
        ({ address }) => address,
        "servers",
        "set servers for each predictor under on.nginx",
      ),
  }),
];

function addressesOf({ predictor, servers, grpcServers }: ResolvedSite) {
  return [...servers, ...grpcServers].map((address) => ({ predictor, address }));
}

/** By vCPUs: minimum, maximum and step of the memory in GB. A quarter of a vCPU also allows half a GB. */
const FARGATE: ReadonlyMap<number, readonly [least: number, most: number, step: number]> = new Map([
  [0.25, [1, 2, 1]],
  [0.5, [1, 4, 1]],
  [1, [2, 8, 1]],
  [2, [4, 16, 1]],
  [4, [8, 30, 1]],
  [8, [16, 60, 4]],
  [16, [32, 120, 8]],
]);

const GB_IN_MB = 1024;
const FARGATE_SCRATCH_MB = 200 * GB_IN_MB;

function fargateSize({ cpu, memoryMb, scratchMb }: ResolvedTask): Violation | undefined {
  const size = FARGATE.get(cpu)?.map((gb) => gb * GB_IN_MB);
  if (size === undefined) return violation("cpu", `${cpu} vCPU`, `choose ${[...FARGATE.keys()].join(", ")}`);
  if (scratchMb > FARGATE_SCRATCH_MB) {
    return violation("scratchMb", `${scratchMb} MB`, `set at most ${FARGATE_SCRATCH_MB}`);
  }
  const [least = 0, most = 0, step = 0] = size;
  const isStep = (memoryMb - least) % step === 0 && memoryMb >= least && memoryMb <= most;
  if (isStep || (cpu === 0.25 && memoryMb === 512)) return undefined;
  return violation("memoryMb", `${memoryMb} MB with ${cpu} vCPU`, `set ${least} to ${most} MB in steps of ${step}`);
}
