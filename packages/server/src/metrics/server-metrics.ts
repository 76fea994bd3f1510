import type { Admission } from "../admission/admission.ts";
import { getOrAdd } from "../get-or-add.ts";
import type { ModelHost } from "../model-host.ts";
import type { ServedModel } from "../served-model.ts";
import type { ServerSettings } from "../settings.ts";
import { EventLoopLag } from "./event-loop-lag.ts";
import { Counter, gauge, Histogram, Metric } from "./samples.ts";

type MetricSources = { readonly host: ModelHost; readonly admission: Admission; readonly settings: ServerSettings };

/** The cells of one operation on one model. They are kept, so that a request does not look them up by labels. */
interface OperationCells {
  readonly byStatus: Map<number, Counter>;
  readonly duration: Histogram;
}

const newCounter = (): Counter => new Counter();

export class ServerMetrics {
  private readonly requests = new Metric("tricast_requests_total", newCounter);
  private readonly errors = new Metric("tricast_errors_total", newCounter);
  private readonly durations = new Metric("tricast_request_duration_seconds", () => new Histogram());
  private readonly clientErrors = new Metric("tricast_client_errors_total", newCounter);
  private readonly loads = new Metric("tricast_model_loads_total", newCounter);
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

  /** Counts bytes that Node could not read as a request. `reason` is an error code of Node, never text of the client. */
  invalidBytes(reason: string): void {
    this.clientErrors.cell([reason]).value++;
  }

  loaded({ name }: ServedModel, outcome: "ready" | "failed"): void {
    this.loads.cell([name, outcome]).value++;
  }

  /** All metrics in the text format of Prometheus. */
  text(sources: MetricSources): string {
    return [
      ...[this.requests, this.errors, this.durations, this.clientErrors, this.loads].map((metric) => metric.text()),
      ...loadTexts(sources),
      ...modelTexts(sources.host.list()),
      ...processTexts(),
      gauge("nodejs_eventloop_lag_seconds", this.lag.read()),
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

function loadTexts({ host, admission, settings }: MetricSources): string[] {
  return [
    gauge("tricast_requests_in_flight", admission.inFlight),
    gauge("tricast_requests_in_flight_max", settings.maxInFlight),
    gauge("tricast_queue_length", admission.queued),
    gauge("tricast_queue_length_max", settings.maxQueue),
    gauge("tricast_ready", host.ready ? 1 : 0),
  ];
}

function modelTexts(models: readonly ServedModel[]): string[] {
  const perModel = (value: (service: ServedModel["service"]) => number) =>
    models.map(({ name, version, service }) => [[name, version], value(service)] as const);
  return [
    gauge(
      "tricast_model_ready",
      perModel(({ state }) => (state === "ready" ? 1 : 0)),
    ),
    gauge(
      "tricast_model_load_seconds",
      perModel(({ timings }) => (timings.loadMs + timings.warmMs) / 1000),
    ),
    gauge(
      "tricast_execution",
      models.flatMap(({ name, service }) =>
        Object.entries(service.stats()).flatMap(([part, stats]) =>
          Object.entries(stats).map(([stat, value]) => [[name, part, stat], value] as const),
        ),
      ),
    ),
  ];
}

function processTexts(): string[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gauge("process_resident_memory_bytes", rss),
    gauge("process_cpu_seconds_total", (user + system) / 1e6),
    gauge("process_start_time_seconds", Date.now() / 1000 - process.uptime()),
    gauge("nodejs_heap_size_used_bytes", heapUsed),
    gauge("nodejs_external_memory_bytes", external),
  ];
}
