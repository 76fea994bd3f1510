export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric of `/metrics`. The reference is made from this table. */
export const METRICS = {
  tricast_requests_total: row("counter", ["operation", "model", "status"], "Requests, except health and metrics."),
  tricast_errors_total: row("counter", ["operation", "code"], "Requests answered with an error, by its code."),
  tricast_request_duration_seconds: row(
    "histogram",
    ["operation", "model"],
    "From the request's head to its response.",
  ),
  tricast_requests_in_flight: row("gauge", [], "Predictions that run now."),
  tricast_requests_in_flight_max: row("gauge", [], "Maximum number of predictions: maxInFlight."),
  tricast_queue_length: row("gauge", [], "Requests that wait for a place."),
  tricast_queue_length_max: row("gauge", [], "Maximum number of requests that wait: maxQueue."),
  tricast_client_errors_total: row("counter", ["reason"], "Connections with invalid or too slow bytes, by code."),
  tricast_ready: row("gauge", [], "1 while every model is ready and the server is not stopping."),
  tricast_model_ready: row("gauge", ["model", "version"], "1 while the model is loaded and warm."),
  tricast_model_loads_total: row("counter", ["model", "outcome"], "Loads of models with warmup, by outcome."),
  tricast_model_load_seconds: row("gauge", ["model", "version"], "Duration of the last load, with its warmup."),
  tricast_execution: row("gauge", ["model", "part", "name"], "Counters of the model's runtime, such as batch sizes."),
  process_resident_memory_bytes: row("gauge", [], "Memory of the process."),
  process_cpu_seconds_total: row("counter", [], "CPU time of the process, user and system."),
  process_start_time_seconds: row("gauge", [], "When the process started, in seconds since the epoch."),
  nodejs_heap_size_used_bytes: row("gauge", [], "Heap in use."),
  nodejs_external_memory_bytes: row("gauge", [], "Memory of objects outside the heap, such as bodies and tensors."),
  nodejs_eventloop_lag_seconds: row("gauge", ["quantile"], "Delay of the event loop since the last reading."),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof METRICS;

function row(type: MetricRow["type"], labels: readonly string[], help: string): MetricRow {
  return { type, labels, help };
}
