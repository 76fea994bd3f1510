/** Events as Event Grid sends them (learn.microsoft.com/azure/event-grid: event-schema, cloud-event-schema). */
export const GRID_EVENT = {
  id: "9aeb0fdf-c01e-0131-0922-9eb54906e209",
  topic: "/subscriptions/0000/resourceGroups/flowers/providers/Microsoft.EventGrid/topics/measured",
  subject: "flowers/42",
  eventType: "Flower.Measured",
  eventTime: "2026-03-10T05:15:00.1234567Z",
  data: { n: 1 },
  dataVersion: "1.0",
  metadataVersion: "1",
};

export const CLOUD_EVENT = {
  specversion: "1.0",
  id: "9aeb0fdf-c01e-0131-0922-9eb54906e209",
  type: "Flower.Measured",
  source: "/flowers",
  time: "2026-03-10T05:15:00.1234567Z",
  data: { n: 1 },
};

/** What the host tells about a storage queue's message (learn.microsoft.com: functions-bindings-storage-queue-trigger). */
export const QUEUE_METADATA = {
  Id: { string: "1a2b3c4d" },
  DequeueCount: { int: 1 },
  PopReceipt: { string: "AgAAAAMAAAAAAAAA" },
  InsertionTime: { string: '"2026-03-10T05:15:00+00:00"' },
};

/** The same for Service Bus, one message and a batch (Azure/azure-sdk-for-net: ServiceBusTriggerBindingStrategy.cs). */
export const BUS_METADATA = {
  MessageId: { string: "m-1" },
  ContentType: { string: "application/json" },
  DeliveryCount: { int: 1 },
};

export function busBatchMetadata(ids: readonly string[], types: readonly string[] = ids.map(() => "application/json")) {
  return {
    MessageIdArray: { collectionString: { string: ids } },
    ContentTypeArray: { collectionString: { string: types } },
  };
}
