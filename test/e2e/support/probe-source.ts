/** Source of a predictor that returns its input and misbehaves on demand; entry files append how it is served. */
export const PROBE = `
import { definePredictor } from "@tricast/core";

interface Ask { readonly fail?: boolean; readonly sleepMs?: number; readonly tell?: boolean; readonly untilAborted?: boolean }

const events = [];

const probe = definePredictor({
  name: "probe",
  load: () => { events.push("load"); return { scale: 2 }; },
  examples: [{ value: 1 }],
  limits: { bodyBytes: 8 * 1024 * 1024 },
  predict: async (input, { model, request, invocation, log, signal }) => {
    if (input instanceof Uint8Array) return input;
    if (input.fail) throw new TypeError("secret: postgres://user:password@db");
    if (input.sleepMs) {
      log.info("sleeping");
      await new Promise((resolve) => setTimeout(resolve, input.sleepMs));
    }
    if (input.untilAborted) {
      log.info("waiting");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      log.info("aborted", { reason: signal.reason.code });
    }
    if (input.tell) {
      log.info("told", { marker: "m-42" });
      const { method, path, query, headers } = request;
      return { method, path, query, headers, id: invocation.id, traceparent: invocation.traceparent ?? null, deadline: invocation.deadline ?? null };
    }
    return { doubled: input.value * model.scale };
  },
});
`;
