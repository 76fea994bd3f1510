/** One ping on its way: when it arrives, and how long its handler runs in a started instance. */
export interface Arrival {
  readonly at: number;
  readonly holdMs: number;
}

/** Most instances that there may be. */
export const MOST_ENVIRONMENTS = 100;

interface Environment {
  readonly id: string;
  busyUntil: number;
}

/**
 * Lambda's scheduler, as far as its documentation tells: an instance serves one invocation at a time; an invocation goes to an
 * idle one, and starts another where there is none (docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). Times
 * are in milliseconds of a clock that only this simulation knows.
 */
export class Environments {
  private readonly all: Environment[] = [];
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  get count(): number {
    return this.all.length;
  }

  /** Serves invocations in the order they arrive; gives the instance of each, in the order they were given. */
  serve(arrivals: readonly Arrival[]): readonly string[] {
    const order = [...arrivals.keys()].sort((a, b) => (arrivals[a]?.at ?? 0) - (arrivals[b]?.at ?? 0));
    const served = new Array<string>(arrivals.length);
    for (const index of order) {
      const { at, holdMs } = arrivals[index] as Arrival;
      served[index] = this.invoke(at, holdMs);
    }
    return served;
  }

  private invoke(at: number, holdMs: number): string {
    const idle = this.pickIdle(at);
    const environment = idle ?? this.start();
    const startMs = idle === undefined ? COLD_START_MS.draw(this.random) : 0;
    environment.busyUntil = at + startMs + HANDLER_MS.draw(this.random) + holdMs;
    return environment.id;
  }

  /** Which of several idle ones is taken is the platform's secret. */
  private pickIdle(at: number): Environment | undefined {
    let idle = 0;
    for (const { busyUntil } of this.all) if (busyUntil <= at) idle++;
    let left = Math.floor(this.random() * idle);
    return this.all.find(({ busyUntil }) => busyUntil <= at && left-- === 0);
  }

  private start(): Environment {
    if (this.all.length >= MOST_ENVIRONMENTS) throw new RangeError(`more than ${MOST_ENVIRONMENTS} environments`);
    const environment = { id: `environment-${this.all.length}`, busyUntil: 0 };
    this.all.push(environment);
    return environment;
  }
}

/** A spread of times with a long tail, as networks and starts have. */
class Latency {
  private readonly least: number;
  private readonly mean: number;
  private readonly most: number;

  constructor(least: number, mean: number, most: number) {
    this.least = least;
    this.mean = mean;
    this.most = most;
  }

  draw(random: () => number): number {
    return Math.min(this.least - Math.log(1 - random()) * (this.mean - this.least), this.most);
  }
}

const COLD_START_MS = new Latency(150, 400, 3000);
const HANDLER_MS = new Latency(0.2, 0.8, 20);
/** From a pinger to the instance, over the public API. */
export const NETWORK_MS = new Latency(5, 40, 1500);
/** From EventBridge's minute to the instance. */
export const EVENT_BRIDGE_MS = new Latency(20, 200, 900);
/** Between rules of the same minute. */
export const RULE_MS = new Latency(0, 1500, 8000);
