import { app, type InvocationContext } from "@azure/functions";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { bind, createService, didYouMean, refuseUnknown, runsJoined, show } from "@tricast/core/adapter";
import { closeWhenAppEnds, warmWithApp } from "./app-services.ts";
import { EVENT_ADAPTER } from "./event-adapter.ts";
import { type AzureEvent, type AzureEventSource, REFUSED, TRIGGERS, toEvents } from "./event-sources.ts";
import { AZURE_FUNCTIONS } from "./platform.ts";

export type AzureFunctionsEventOptions = AzureEventSource & {
  /** Name of the function in Azure. Default: the predictor's own name and the trigger, such as `iris-storageQueue`. */
  readonly name?: string;
};

/**
 * Registers a predictor with the Azure Functions app that is starting, as the consumer of a storage queue, of a queue or topic
 * of Service Bus, or of Event Grid, and begins to load its model. Call it beside or instead of `azureFunctions`.
 *
 * The input is the message, or the event's data. A message has no caller to answer, so `predict` stores or sends its output
 * itself. If `predict` fails, the function throws, so that Azure delivers the message again. The host needs an extension
 * bundle in host.json.
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule.
 * @example
 * import { azureFunctionsEvent } from "@tricast/azure-functions";
 * import predictor from "./predict.ts";
 * azureFunctionsEvent(predictor, { trigger: "storageQueue", queueName: "flowers", connection: "AzureWebJobsStorage" });
 */
export function azureFunctionsEvent(predictor: AnyPredictor, options: AzureFunctionsEventOptions): void {
  checkOptions(options);
  const { name = `${predictor.definition.name}-${options.trigger}`, ...source } = options;
  const service = createService(predictor, { platform: AZURE_FUNCTIONS });
  const handle = bind(service, EVENT_ADAPTER);
  const { trigger, ...binding } = source;
  const inOrder = "isSessionsEnabled" in source && source.isSessionsEnabled === true;
  const handler = async (input: unknown, context: InvocationContext): Promise<void> => {
    const events = toEvents(source, input, context);
    const joined = runsJoined(predictor) ? join(events) : undefined;
    await runAll(joined === undefined ? events : [joined], inOrder ? 1 : CONCURRENT_EVENTS, async (event) => {
      const failure = await handle(event, context);
      if (failure !== undefined) throw failure;
    });
  };
  // Each trigger has the options of its row in `TRIGGERS`.
  (app[trigger] as (name: string, options: object) => void)(name, { ...binding, handler });
  warmWithApp(service);
  closeWhenAppEnds(service);
  void service.start();
}

/** Messages of a batch that run at once. */
const CONCURRENT_EVENTS = 10;

/** Runs `work` for each, `most` at a time, until one fails: the whole batch is delivered again. */
async function runAll<T>(all: readonly T[], most: number, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  let hasFailed = false;
  const runner = async (): Promise<void> => {
    for (const one of waiting) {
      if (hasFailed) return;
      await work(one).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, runner));
}

/** One event for a whole batch, unless a message is not a JSON value, or is a batch itself. */
function join(events: readonly AzureEvent[]): AzureEvent | undefined {
  if (events.length < 2) return undefined;
  const texts = events.map(toInstance);
  if (texts.includes(undefined)) return undefined;
  const body = `{"instances":[${texts.join(",")}]}`;
  return {
    label: `a batch of ${events.length} messages, the first of which is ${events[0]?.label},`,
    content: () => ({ headers: { "content-type": "application/json" }, body }),
  };
}

function toInstance(event: AzureEvent): string | undefined {
  try {
    const { headers, body } = event.content();
    if (typeof body !== "string" || headers["content-type"] !== "application/json") return undefined;
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && "instances" in value ? undefined : body;
  } catch {
    return undefined;
  }
}

function checkOptions(options: AzureFunctionsEventOptions): void {
  const { trigger } = options as { readonly trigger?: string };
  if (typeof trigger !== "string" || !Object.hasOwn(TRIGGERS, trigger)) throw refusedTrigger(trigger);
  const rules = TRIGGERS[trigger as AzureEventSource["trigger"]];
  refuseUnknown(options, ["trigger", "name", ...rules.required, ...rules.optional], `azureFunctionsEvent (${trigger})`);
  for (const name of rules.required) {
    const value = (options as unknown as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== "string" || value === "")
      throw new TricastError("invalid-option", `${name} is ${show(value)}; a ${trigger} trigger needs it as text`);
  }
  const { cardinality = "one" } = options as { readonly cardinality?: string };
  if (cardinality !== "one" && cardinality !== "many")
    throw new TricastError("invalid-option", `cardinality is ${show(cardinality)}; it must be "one" or "many"`);
}

function refusedTrigger(trigger: unknown): TricastError {
  const names = Object.keys(TRIGGERS);
  const refused = typeof trigger === "string" && Object.hasOwn(REFUSED, trigger) ? REFUSED[trigger] : undefined;
  const rule = didYouMean(String(trigger), names, `it must be one of ${names.join(", ")}`);
  return new TricastError("invalid-option", `trigger is ${show(trigger)}; ${refused ?? rule}`);
}
