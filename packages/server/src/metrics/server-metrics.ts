import type { Admission } from "../admission/admission.ts";
import { getOrAdd } from "../get-or-add.ts";
import type { LoadCounter, ModelHost } from "../model-host.ts";
import type { ServedModel } from "../served-model.ts";
import { EventLoopLag } from "./event-loop-lag.ts";
import { type Buckets, type Cell, Counter, gaugeText, Histogram } from "./samples.ts";

export interface MetricSources {
  readonly host: ModelHost;
  readonly admission: Admission;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  ready(): boolean;
}

/** The cells of one operation on one model, found once and not for each request. */
interface OperationCells {
  readonly byStatus: Map<number, Cell>;
  readonly duration: Buckets;
}

export class ServerMetrics implements LoadCounter {
  private readonly requests = new Counter("tricast_requests_total");
  private readonly errors = new Counter("tricast_errors_total");
  private readonly durations = new Histogram("tricast_request_duration_seconds");
  private readonly clientErrors = new Counter("tricast_client_errors_total");
  private readonly loads = new Counter("tricast_model_loads_total");
  private readonly cells = new Map<string, Map<string, OperationCells>>();
  private readonly lag = new EventLoopLag();

  answered(operation: string, model: string, status: number, seconds: number): void {
    const { byStatus, duration } = this.cellsOf(operation, model);
    getOrAdd(byStatus, status, () => this.requests.cell([operation, model, String(status)])).value++;
    duration.observe(seconds);
  }

  failed(operation: string, code: string): void {
    this.errors.cell([operation, code]).value++;
  }

  /** `reason` is a code of Node's, and never what the client sent. */
  noRequest(reason: string): void {
    this.clientErrors.cell([reason]).value++;
  }

  loaded({ name }: ServedModel, outcome: "ready" | "failed"): void {
    this.loads.cell([name, outcome]).value++;
  }

  /** All metrics in the text format of Prometheus. */
  text(sources: MetricSources): string {
    return [
      this.requests.text(),
      this.errors.text(),
      this.durations.text(),
      this.clientErrors.text(),
      this.loads.text(),
      ...loadTexts(sources),
      ...modelTexts(sources.host.list()),
      ...processTexts(),
      gaugeText("nodejs_eventloop_lag_seconds", this.lag.read()),
    ].join("");
  }

  close(): void {
    this.lag.close();
  }

  private cellsOf(operation: string, model: string): OperationCells {
    const models = getOrAdd(this.cells, operation, () => new Map<string, OperationCells>());
    return getOrAdd(models, model, () => ({
      byStatus: new Map(),
      duration: this.durations.cell([operation, model]),
    }));
  }
}

function loadTexts({ admission, maxInFlight, maxQueue, ready }: MetricSources): string[] {
  return [
    gaugeText("tricast_requests_in_flight", [[[], admission.inFlight]]),
    gaugeText("tricast_requests_in_flight_max", [[[], maxInFlight]]),
    gaugeText("tricast_queue_length", [[[], admission.queued]]),
    gaugeText("tricast_queue_length_max", [[[], maxQueue]]),
    gaugeText("tricast_ready", [[[], ready() ? 1 : 0]]),
  ];
}

function modelTexts(models: readonly ServedModel[]): string[] {
  return [
    gaugeText(
      "tricast_model_ready",
      models.map(({ name, version, service }) => [[name, version], service.state === "ready" ? 1 : 0]),
    ),
    gaugeText(
      "tricast_model_load_seconds",
      models.map(({ name, version, service }) => [[name, version], loadSeconds(service.timings)]),
    ),
    gaugeText(
      "tricast_execution",
      models.flatMap(({ name, service }) =>
        Object.entries(service.stats()).flatMap(([part, stats]) =>
          Object.entries(stats).map(([stat, value]) => [[name, part, stat], value] as const),
        ),
      ),
    ),
  ];
}

function loadSeconds({ loadMs, warmMs }: ServedModel["service"]["timings"]): number {
  return (loadMs + warmMs) / 1000;
}

function processTexts(): string[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gaugeText("process_resident_memory_bytes", [[[], rss]]),
    gaugeText("process_cpu_seconds_total", [[[], (user + system) / 1e6]]),
    gaugeText("process_start_time_seconds", [[[], Date.now() / 1000 - process.uptime()]]),
    gaugeText("nodejs_heap_size_used_bytes", [[[], heapUsed]]),
    gaugeText("nodejs_external_memory_bytes", [[[], external]]),
  ];
}
