import type { InvocationContext } from "@azure/functions";
import { TricastError } from "@tricast/core";
import { type CloudEventData, contentOfCloudEvent, contentOfData, type EventContent } from "@tricast/core/adapter";

/** Where messages come from. The members beside `trigger` are those of the trigger in `@azure/functions`. */
export type AzureEventSource = StorageQueueSource | ServiceBusQueueSource | ServiceBusTopicSource | EventGridSource;

export interface StorageQueueSource {
  readonly trigger: "storageQueue";
  readonly queueName: string;
  /** Name of the app setting with the connection string, or prefix of those of an identity. */
  readonly connection: string;
}

interface ServiceBusSource {
  /** Name of the app setting with the connection string, or prefix of those of an identity. */
  readonly connection: string;
  /** `"many"` delivers several messages in one invocation. If one of them fails, Azure delivers all of them again. Default `"one"`. */
  readonly cardinality?: "one" | "many";
  /** Whether messages have sessions. Those of a session run in order. Default false. */
  readonly isSessionsEnabled?: boolean;
}

export interface ServiceBusQueueSource extends ServiceBusSource {
  readonly trigger: "serviceBusQueue";
  readonly queueName: string;
}

export interface ServiceBusTopicSource extends ServiceBusSource {
  readonly trigger: "serviceBusTopic";
  readonly topicName: string;
  readonly subscriptionName: string;
}

export interface EventGridSource {
  readonly trigger: "eventGrid";
}

/** One message or event, as the library passes it: JSON is parsed, other text and bytes are unchanged. */
export interface AzureEvent {
  /** For errors: `Service Bus message 42`. */
  readonly label: string;
  /** The name of a message within a batch, whose messages share an invocation. */
  readonly idInBatch?: string;
  /** @throws {TricastError} `unsupported-event` */
  content(): EventContent;
}

interface TriggerRules {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  toEvent(item: unknown, metadata: Metadata): AzureEvent;
}

type Metadata = NonNullable<InvocationContext["triggerMetadata"]>;

const SERVICE_BUS = { optional: ["cardinality", "isSessionsEnabled"], toEvent: fromServiceBus };

export const TRIGGERS: Readonly<Record<AzureEventSource["trigger"], TriggerRules>> = {
  storageQueue: { required: ["queueName", "connection"], optional: [], toEvent: fromStorageQueue },
  serviceBusQueue: { ...SERVICE_BUS, required: ["queueName", "connection"] },
  serviceBusTopic: { ...SERVICE_BUS, required: ["topicName", "subscriptionName", "connection"] },
  eventGrid: { required: [], optional: [], toEvent: fromEventGrid },
};

/** Triggers of the library that are not served, with the reason. */
export const REFUSED: Readonly<Record<string, string>> = {
  storageBlob: "an event of Event Grid about the blob, or a queue message, has its name as input",
  eventHub: "its messages are a stream, of which a failed one would be lost; send inputs to Service Bus",
  cosmosDB: "its documents are a stream, of which a failed one would be lost; send inputs to Service Bus",
  http: "azureFunctions(predictor) serves HTTP",
  timer: "azureFunctions(predictor, { warmupSchedule }) warms on a schedule",
  warmup: "every function of tricast warms with the app",
};

/** The events of one invocation. */
export function toEvents(source: AzureEventSource, input: unknown, context: InvocationContext): readonly AzureEvent[] {
  const { toEvent } = TRIGGERS[source.trigger];
  const metadata = context.triggerMetadata ?? {};
  if (!("cardinality" in source) || source.cardinality !== "many") return [toEvent(input, metadata)];
  return (input as readonly unknown[]).map((item, index) => {
    const own = metadataOf(metadata, index);
    return { ...toEvent(item, own), idInBatch: String(own.messageId) };
  });
}

/** The names of a batch end with `Array` (Azure/azure-sdk-for-net: ServiceBusTriggerBindingStrategy.cs). */
function metadataOf(metadata: Metadata, index: number): Metadata {
  const at = (name: string) => (metadata[`${name}Array`] as readonly unknown[] | undefined)?.[index];
  return { messageId: at("messageId") ?? index, contentType: at("contentType") };
}

function fromStorageQueue(item: unknown, { id }: Metadata): AzureEvent {
  return { label: `storage queue message ${id}`, content: () => openEvent(item) ?? contentOfData(item) };
}

function fromServiceBus(item: unknown, { messageId, contentType }: Metadata): AzureEvent {
  const type = typeof contentType === "string" && contentType !== "" ? contentType : undefined;
  return { label: `Service Bus message ${messageId}`, content: () => openEvent(item) ?? contentOfData(item, type) };
}

function fromEventGrid(item: unknown): AzureEvent {
  return {
    label: `event ${(item as { readonly id?: unknown } | null)?.id}`,
    content() {
      const content = openEvent(item);
      if (content === undefined) throw notAnEvent(item);
      return content;
    },
  };
}

/**
 * The data of an event of Event Grid, in either schema. Subscriptions also deliver such events to queues, where they are
 * opened too (learn.microsoft.com/azure/event-grid: event-schema, cloud-event-schema).
 */
function openEvent(item: unknown): EventContent | undefined {
  const has = (...names: string[]) => names.every((name) => typeof (item as Members | null)?.[name] === "string");
  if (typeof item !== "object") return undefined;
  if (has("specversion", "id", "source", "type")) return contentOfCloudEvent(item as CloudEventData);
  if (has("id", "topic", "subject", "eventType", "eventTime", "dataVersion"))
    return contentOfData((item as CloudEventData).data);
  return undefined;
}

type Members = Readonly<Record<string, unknown>>;

function notAnEvent(item: unknown): TricastError {
  const what = Array.isArray(item) ? "a list" : `an object with ${Object.keys(Object(item)).join(", ") || "no member"}`;
  return new TricastError(
    "unsupported-event",
    `an event of Event Grid is one CloudEvent 1.0, or has id, topic, subject, eventType, eventTime and dataVersion; this is ${what}`,
  );
}
