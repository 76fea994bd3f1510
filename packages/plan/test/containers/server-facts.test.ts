import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_USER } from "../../../pack/src/image/image-options.ts";
import { HEALTH_SERVICE, INFERENCE_SERVICE } from "../../../server/src/grpc/definition.ts";
import { METRICS } from "../../../server/src/metrics/table.ts";
import { OPTIONS } from "../../../server/src/options/options.ts";
import {
  GRPC_PATHS,
  IMAGE_USER,
  IN_FLIGHT_PER_CPU,
  QUEUE_METRIC,
  SERVER_PORT,
  SERVER_VARIABLES,
} from "../../src/facts/server.ts";

const AROUND = {
  env: {},
  hosting: "kubernetes",
  resources: { cpus: 3, memoryBytes: 2 ** 40 },
  bodyBytes: 1,
} as const;

describe("what renderers know of the server", () => {
  it("are the variables of its options", () => {
    for (const [option, variable] of Object.entries(SERVER_VARIABLES)) {
      assert.equal(OPTIONS[option as keyof typeof SERVER_VARIABLES].variable, variable);
    }
  });

  it("are its port, and how much it serves at once", () => {
    assert.equal(OPTIONS.port.fallback(AROUND), SERVER_PORT);
    assert.equal(OPTIONS.maxInFlight.fallback(AROUND), 3 * IN_FLIGHT_PER_CPU);
  });

  it("is the metric of its queue", () => {
    assert.match(METRICS[QUEUE_METRIC].help, /wait for a place/);
  });

  it("are the paths of its gRPC services", () => {
    assert.deepEqual(
      GRPC_PATHS,
      [INFERENCE_SERVICE, HEALTH_SERVICE].map((service) => `/${service}/`),
    );
  });

  it("is the user of its images", () => {
    assert.equal(DEFAULT_USER, `${IMAGE_USER}:${IMAGE_USER}`);
  });
});
