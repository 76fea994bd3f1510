/** What a platform takes at most. Absent: it documents no limit. */
export interface Budget {
  readonly unzippedBytes?: Limit;
  /** Of each zip by itself. */
  readonly zippedBytes?: Limit;
  /** Lambda layers of one function. */
  readonly layers?: Limit;
  /** Names and values of environment variables together. */
  readonly environmentBytes?: Limit;
  readonly imageBytes?: Limit;
}

export interface Limit {
  readonly most: number;
  /** The vendor's page that says so. */
  readonly source: string;
  /** When it was read there, `YYYY-MM`. */
  readonly date: string;
}

const LAMBDA = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const AZURE = "learn.microsoft.com/azure/azure-functions/functions-scale";
const GOOGLE = "cloud.google.com/functions/quotas (1st gen; the 2nd gen documents none)";

/** The limits a build is held to. */
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
  // Flex Consumption gives an instance this much temporary storage, and the package is unpacked from there.
  azure: { unzippedBytes: { most: 800_000_000, source: AZURE, date: "2026-09" } },
  google: {
    unzippedBytes: { most: 500_000_000, source: GOOGLE, date: "2026-09" },
    zippedBytes: { most: 100_000_000, source: GOOGLE, date: "2026-09" },
  },
  container: {},
} as const satisfies Readonly<Record<string, Budget>>;
