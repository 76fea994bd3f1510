import { app } from "@azure/functions";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { createService, refuseUnknown, type Service } from "@tricast/core/adapter";
import { closeWhenAppEnds, warmWithApp } from "./app-services.ts";
import { httpHandler } from "./http-adapter.ts";
import { checkSchedule } from "./ncrontab.ts";
import { AZURE_FUNCTIONS } from "./platform.ts";

export interface AzureFunctionsOptions {
  /** Name of the function in Azure. Default: the predictor's own name. */
  readonly name?: string;
  /** Route below the prefix, without a leading slash. Default: `name`, so the function answers at `/api/<name>`. */
  readonly route?: string;
  /** `extensions.http.routePrefix` of host.json, if it is not `"api"`. */
  readonly routePrefix?: string;
  /**
   * Who may call: `"function"` requires a function key, `"admin"` the master key, `"anonymous"` no key.
   * Default: the app setting `TRICAST_AUTH_LEVEL`, which a deployment writes from `endpoint.auth`, else `"function"`.
   */
  readonly authLevel?: AuthLevel;
  /**
   * Whether the app's warmup trigger loads this predictor on every instance that is added. Default true.
   * Azure runs it on scale-out on Premium, Dedicated and Flex Consumption plans, never on Consumption
   * (learn.microsoft.com: functions-bindings-warmup).
   */
  readonly warmupTrigger?: boolean;
  /**
   * Also warms on this schedule: six NCRONTAB fields such as `"0 *\/5 * * * *"`, or an app setting as `"%NAME%"`.
   * Default: the app setting `TRICAST_WARMUP_SCHEDULE`, which a deployment writes from `ping`, else none.
   */
  readonly warmupSchedule?: string;
}

type AuthLevel = "anonymous" | "function" | "admin";

const AUTH_LEVELS: readonly string[] = ["anonymous", "function", "admin"] satisfies AuthLevel[];

const OPTION_NAMES = ["name", "route", "routePrefix", "authLevel", "warmupTrigger", "warmupSchedule"];

/**
 * Every method that reaches a function, so that a wrong method gets our 405 and not the host's empty 404.
 * TRACE and CONNECT are missing because the library's own request object refuses them.
 */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/**
 * Registers a predictor with the Azure Functions app that is starting, and begins to load its model.
 * Call it once for each predictor, at the top level of a file that `main` in package.json matches.
 *
 * When bundling, keep `@azure/functions-core` external. It is not a package: the worker provides it to `require`
 * (azure-functions-nodejs-worker: src/setupCoreModule.ts).
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule.
 * @example
 * import { azureFunctions } from "@tricast/azure-functions";
 * import predictor from "./predict.ts";
 * azureFunctions(predictor);
 */
export function azureFunctions(predictor: AnyPredictor, options: AzureFunctionsOptions = {}): void {
  checkOptions(options);
  const { name = predictor.definition.name, warmupTrigger = true } = options;
  const { authLevel = authLevelSetting() ?? "function", warmupSchedule = scheduleSetting() } = options;
  const { route = name, routePrefix = "api" } = options;
  const service = createService(predictor, {
    platform: AZURE_FUNCTIONS,
    basePath: `/${[routePrefix, route].filter((part) => part !== "").join("/")}`,
  });
  const handler = httpHandler(service, predictor.definition.warmup?.http);
  app.http(name, { methods: [...METHODS], authLevel, route: `${route}/{*path}`, handler });
  if (warmupTrigger) warmWithApp(service);
  if (warmupSchedule !== undefined) warmOnSchedule(service, `${name}-warmup`, warmupSchedule);
  closeWhenAppEnds(service);
  void service.start().then(loadWebObjects);
}

/**
 * Makes Node load its web request and response, which the library uses for every call. Node loads them on first use:
 * here that happens when the model is ready, and not in the middle of the first request.
 */
async function loadWebObjects(): Promise<void> {
  const request = new Request("http://localhost/", { method: "POST", body: Buffer.from("{}") });
  await request.arrayBuffer();
  await new Response(Buffer.from("{}"), { headers: { "content-type": "application/json" } }).arrayBuffer();
}

function warmOnSchedule(service: Service, name: string, schedule: string): void {
  app.timer(name, {
    schedule,
    handler: async () => {
      await service.warm({ kind: "azure-timer", holdMs: 0 });
    },
  });
}

function checkOptions(options: AzureFunctionsOptions): void {
  refuseUnknown(options, OPTION_NAMES, "azureFunctions");
  if (options.route?.startsWith("/") === true || options.route?.includes("{") === true) {
    throw new TricastError(
      "invalid-option",
      `route is ${JSON.stringify(options.route)}; it must be plain segments without a leading slash, such as "models/iris"`,
    );
  }
  if (options.authLevel !== undefined) checkAuthLevel("authLevel", options.authLevel);
  if (options.warmupSchedule !== undefined) checkSchedule(options.warmupSchedule);
}

/** App settings are environment variables of the worker (learn.microsoft.com: functions-how-to-use-azure-function-app-settings). */
function authLevelSetting(): AuthLevel | undefined {
  const level = process.env.TRICAST_AUTH_LEVEL || undefined;
  if (level !== undefined) checkAuthLevel("TRICAST_AUTH_LEVEL", level);
  return level;
}

/** Read here and not as `%NAME%` by the host, which refuses to start a function whose setting is missing. */
function scheduleSetting(): string | undefined {
  const schedule = process.env.TRICAST_WARMUP_SCHEDULE || undefined;
  if (schedule !== undefined) checkSchedule(schedule, "TRICAST_WARMUP_SCHEDULE");
  return schedule;
}

function checkAuthLevel(place: string, level: string): asserts level is AuthLevel {
  if (AUTH_LEVELS.includes(level)) return;
  throw new TricastError(
    "invalid-option",
    `${place} is ${JSON.stringify(level)}; it must be "anonymous", "function" or "admin"`,
  );
}
