import { app } from "@azure/functions";
import type { Service } from "@tricast/core/adapter";

/**
 * State that the predictors of one app share. On `globalThis`, because `main` may match several bundles that each
 * carry a copy of this file, while the app may register one warmup trigger only.
 */
interface AppServices {
  readonly toWarm: Service[];
  readonly toClose: Service[];
}

const SLOT = Symbol.for("tricast.azure-functions");

function appServices(): AppServices {
  const shared = globalThis as { [SLOT]?: AppServices };
  shared[SLOT] ??= { toWarm: [], toClose: [] };
  return shared[SLOT];
}

/** Azure requires exactly this name, and accepts one warmup trigger per app (learn.microsoft.com: functions-bindings-warmup). */
const WARMUP_NAME = "warmup";

/** Warms this service when the app's warmup trigger fires. */
export function warmWithApp(service: Service): void {
  const { toWarm } = appServices();
  toWarm.push(service);
  if (toWarm.length > 1) return;
  app.warmup(WARMUP_NAME, {
    handler: async () => {
      await Promise.all(toWarm.map((each) => each.warm({ kind: "azure-warmup", holdMs: 0 })));
    },
  });
}

/**
 * The worker exits as soon as the `appTerminate` hooks have resolved (terminateWorker.ts), while a finished response
 * still has to pass through the library's conversion and the worker's stream to the host.
 */
const REPLY_GRACE_MS = 100;

/** Lets requests in flight finish, then releases the models, when the host stops this worker. */
export function closeWhenAppEnds(service: Service): void {
  const { toClose } = appServices();
  toClose.push(service);
  if (toClose.length > 1) return;
  app.hook.appTerminate(async () => {
    await Promise.all(toClose.map((each) => each.close()));
    await new Promise((resolve) => setTimeout(resolve, REPLY_GRACE_MS));
  });
}
