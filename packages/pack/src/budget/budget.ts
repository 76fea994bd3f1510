/** The limits of a platform. A member is absent where the platform documents no limit. */
export interface Budget {
  readonly unzippedBytes?: Limit;
  /** Of each zip. */
  readonly zippedBytes?: Limit;
  /** Lambda layers of one function. */
  readonly layers?: Limit;
  /** Sum of the names and values of environment variables. */
  readonly environmentBytes?: Limit;
  readonly imageBytes?: Limit;
}

export interface Limit {
  readonly most: number;
  /** The vendor's page with the limit. */
  readonly source: string;
  /** When the page was read, `YYYY-MM`. */
  readonly date: string;
}

const LAMBDA = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const AZURE = "learn.microsoft.com/azure/azure-functions/functions-scale";
const GOOGLE = "cloud.google.com/functions/quotas (1st gen; the 2nd gen documents none)";

/** The limits of every target. */
export const BUDGETS = {
  lambda: {
    unzippedBytes: { most: 262_144_000, source: LAMBDA, date: "2026-08" },
    zippedBytes: { most: 52_428_800, source: `${LAMBDA} (direct upload)`, date: "2026-08" },
    layers: { most: 5, source: LAMBDA, date: "2026-08" },
    environmentBytes: { most: 4_096, source: LAMBDA, date: "2026-08" },
  },
  lambdaImage: {
    imageBytes: { most: 10_737_418_240, source: LAMBDA, date: "2026-08" },
    environmentBytes: { most: 4_096, source: LAMBDA, date: "2026-08" },
  },
  // The temporary storage of an instance of Flex Consumption, which unpacks the package there.
  azure: { unzippedBytes: { most: 800_000_000, source: AZURE, date: "2026-09" } },
  google: {
    unzippedBytes: { most: 500_000_000, source: GOOGLE, date: "2026-09" },
    zippedBytes: { most: 100_000_000, source: GOOGLE, date: "2026-09" },
  },
  container: {},
} as const satisfies Readonly<Record<string, Budget>>;
