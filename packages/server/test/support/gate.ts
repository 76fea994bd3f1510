import { definePredictor } from "@tricast/core";

/** A predictor whose predictions end when they are told to. */
export function gated(name = "gated") {
  const waiting: (() => void)[] = [];
  let begun = 0;
  const aborted: unknown[] = [];
  const arrivals: (() => void)[] = [];
  const predictor = definePredictor({
    name,
    load: () => ({}),
    predict: async (input: { wait?: boolean; value?: unknown }, { signal }) => {
      begun++;
      for (const arrive of arrivals.splice(0)) arrive();
      if (input.wait !== true) return { value: input.value ?? null };
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => {
          aborted.push((signal.reason as { code?: string }).code);
          resolve();
        });
      });
      return { value: input.value ?? null };
    },
  });
  return {
    predictor,
    aborted,
    get begun() {
      return begun;
    },
    /** Resolves when `count` predictions have begun. */
    async reached(count: number): Promise<void> {
      while (begun < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    open(): void {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
