// A server as handlers/<name>/server.ts starts it, with predictions that end when they are told to.
import { definePredictor } from "@tricast/core";
import { serve } from "@tricast/server";

/** When predictions end: at once, when the process is told to stop, or never. */
const { ENDS } = process.env;
const told = new Promise<void>((resolve) => {
  if (ENDS === "at-once") resolve();
  if (ENDS === "on-signal") for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve());
});

serve(
  definePredictor({
    name: "slow",
    load: () => {
      console.log("model loaded");
      return {};
    },
    predict: async (value: number) => {
      console.log("begun");
      await told;
      return { value };
    },
  }),
);
