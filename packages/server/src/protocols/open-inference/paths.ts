/** Paths of a model: without a version for the version that is served by default, and with a version. */
export const VERSIONED = ["/v2/models/:model", "/v2/models/:model/versions/:version"] as const;
