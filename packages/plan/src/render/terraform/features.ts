import { isGradual } from "../../facts/rollout.ts";
import { scales } from "../../facts/scaling.ts";
import type { ResolvedFunction } from "../../resolved-plan.ts";

/** Which sections a module needs: those that at least one function of any stage uses. */
export type Features = ReturnType<typeof featuresOf>;

export function featuresOf(functions: readonly ResolvedFunction[]) {
  const some = (has: (one: ResolvedFunction) => boolean) => functions.some(has);
  const fixedWarm = some(({ warm }) => warm.min > 0 && !scales(warm));
  const scaledWarm = some(({ warm }) => scales(warm));
  return {
    http: some(({ endpoint }) => endpoint?.kind === "http"),
    rest: some(({ endpoint }) => endpoint?.kind === "rest"),
    functionUrl: some(({ endpoint }) => endpoint?.kind === "function-url"),
    jwt: some(({ endpoint }) => typeof endpoint?.auth === "object"),
    apiKey: some(({ endpoint }) => endpoint?.auth === "api-key"),
    cors: some(({ endpoint }) => endpoint?.cors !== undefined),
    open: some(({ endpoint }) => endpoint?.auth === "none"),
    zip: some(({ packaging }) => packaging !== "image"),
    layers: some(({ packaging }) => packaging === "layers"),
    image: some(({ packaging }) => packaging === "image"),
    models: some(({ models }) => Object.keys(models).length > 0),
    secrets: some(({ secrets }) => Object.keys(secrets).length > 0),
    fixedWarm,
    scaledWarm,
    scheduledWarm: some(({ warm }) => warm.schedule.length > 0),
    warm: fixedWarm || scaledWarm,
    ping: some(({ ping }) => ping !== undefined),
    alarms: some(({ alarms }) => alarms !== undefined),
    rollout: some(isGradual),
  };
}
