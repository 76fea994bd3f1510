import { managedContainer } from "../../../facts/container.ts";
import { IN_FLIGHT_PER_CPU, SERVER_PATHS, SERVER_PORT } from "../../../facts/server.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan } from "../../../resolved-plan.ts";
import { writeYaml } from "../../../text/yaml.ts";
import { unlessEmpty } from "../../../unless-empty.ts";
import { authMode, DEPLOYMENT, deployScript } from "./deploy-script.ts";

export function azureMlFiles(plan: ResolvedPlan): OutputFile[] {
  const { stage, azureMl } = plan;
  if (azureMl === undefined) return [];
  const files = azureMl.containers.flatMap((one) => [
    { path: `azure-ml/${stage}/${one.predictor}-endpoint.yaml`, text: writeYaml(endpoint(one)) },
    { path: `azure-ml/${stage}/${one.predictor}-deployment.yaml`, text: writeYaml(deployment(one)) },
  ]);
  return [...files, { path: `azure-ml/${stage}/deploy.sh`, text: deployScript(plan, azureMl), executable: true }];
}

const SCHEMAS = "https://azuremlschemas.azureedge.net/latest";

function endpoint({ name, endpoint: own, tags }: ResolvedInstance): object {
  return {
    $schema: `${SCHEMAS}/managedOnlineEndpoint.schema.json`,
    name,
    auth_mode: authMode(own),
    tags: unlessEmpty(tags),
  };
}

/** Models take minutes to load, so a probe fails after 30 attempts, ten seconds apart. */
const PROBE = { initial_delay: 10, period: 10, timeout: 2, success_threshold: 1, failure_threshold: 30 };

function deployment(one: ResolvedInstance): object {
  const { image, environment } = managedContainer(one);
  return {
    $schema: `${SCHEMAS}/managedOnlineDeployment.schema.json`,
    name: DEPLOYMENT,
    endpoint_name: one.name,
    environment: {
      image,
      inference_config: {
        liveness_route: route(SERVER_PATHS.live),
        readiness_route: route(SERVER_PATHS.ready),
        scoring_route: route(SERVER_PATHS.score),
      },
    },
    instance_type: one.instanceType,
    instance_count: one.instances.min,
    environment_variables: environment,
    request_settings: {
      request_timeout_ms: one.timeoutSeconds * 1000,
      // Azure's default is 1, so the server could not form batches.
      max_concurrent_requests_per_instance: one.concurrency ?? IN_FLIGHT_PER_CPU,
    },
    readiness_probe: PROBE,
    liveness_probe: PROBE,
    tags: unlessEmpty(one.tags),
  };
}

function route(path: string): object {
  return { port: SERVER_PORT, path };
}
