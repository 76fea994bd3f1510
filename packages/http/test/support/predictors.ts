import { definePredictor } from "@tricast/core";

/** Answers its input, and tells how often it ran. */
export function echo() {
  const counts = { predicted: 0 };
  const predictor = definePredictor({
    name: "echo",
    limits: { bodyBytes: 100_000 },
    load: () => ({}),
    predict(input: unknown) {
      counts.predicted++;
      return { input: input instanceof Uint8Array ? [...input] : input };
    },
  });
  return { predictor, counts };
}

/** Answers when its signal aborts, and not before. */
export function waiting() {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const predictor = definePredictor({
    name: "waiting",
    load: () => ({}),
    async predict(_input: unknown, { signal }) {
      signal.addEventListener("abort", () => aborted.resolve(signal.reason));
      begun.resolve();
      await aborted.promise;
      return 1;
    },
  });
  return { predictor, begun: begun.promise, aborted: aborted.promise };
}

/** Answers numbered chunks without an end, and tells how many it has made. */
export function endless() {
  const counts = { made: 0, ended: 0 };
  const predictor = definePredictor({
    name: "endless",
    load: () => ({}),
    predict: () =>
      (async function* () {
        try {
          for (;;) yield Buffer.alloc(1_000, ++counts.made);
        } finally {
          counts.ended++;
        }
      })(),
  });
  return { predictor, counts };
}
