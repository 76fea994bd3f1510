import { type PingRecogniser, RECOGNISERS } from "./shapes.ts";

/** Documentation of a kind of ping. Only documents and tests read it, so bundles leave it out. */
export interface PingShape extends PingRecogniser {
  /** Where the shape is defined. */
  readonly source: string;
  /** An event of this shape. */
  readonly sample: unknown;
}

const FACTS: Readonly<Record<string, Pick<PingShape, "source" | "sample">>> = {
  "serverless-plugin-warmup": {
    source: "serverless-plugin-warmup 8.4.1, src/warmer.js",
    sample: { source: "serverless-plugin-warmup" },
  },
  "lambda-warmer": {
    source: "lambda-warmer, index.js",
    sample: { warmer: true, concurrency: 3 },
  },
  bref: {
    source: "brefphp/bref, Lambda warmup documentation",
    sample: { warmer: true },
  },
  opennext: {
    source: "opennextjs/opennextjs-aws, packages/open-next/src/adapters/warmer-function.ts",
    sample: { type: "warmer", warmerId: "warmer-1", index: 0, concurrency: 2, delay: 75 },
  },
  vapor: {
    source: "laravel/vapor-core, src/Console/Commands/VaporWarmCommand and Runtime/Handlers",
    sample: { vaporWarmer: true, functionName: "iris", functionAlias: "live", concurrency: 2 },
  },
  thundra: {
    source: "Thundra Lambda warmup agents",
    sample: "#warmup wait=200",
  },
  "scheduled-event": {
    source: "EventBridge rule or schedule without input; docs.aws.amazon.com, Schedule events",
    sample: {
      version: "0",
      id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      time: "2015-10-08T16:53:06Z",
      region: "us-east-1",
      resources: ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],
      detail: {},
    },
  },
};

/** Every ping that arrives as the event of a direct invocation. @throws {TypeError} for a kind without its facts. */
export const PING_SHAPES: readonly PingShape[] = RECOGNISERS.map((recogniser) => {
  const facts = FACTS[recogniser.kind];
  if (facts === undefined) throw new TypeError(`PING_SHAPES has no source and sample of the ping ${recogniser.kind}`);
  return { ...recogniser, ...facts };
});
