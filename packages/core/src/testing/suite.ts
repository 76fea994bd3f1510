import { after, before, it } from "node:test";
import type { AnyPredictor } from "../predictor.ts";
import type { CapturedLogs } from "./captured-logs.ts";
import type { Host, HostOptions, RunningHost } from "./host.ts";

/** Registers the cases of one theme for one host. */
export type Theme = (host: Host, logs: CapturedLogs) => void;

/** A predictor, and other objects that its cases use. */
export interface Subject {
  readonly predictor: AnyPredictor;
}

/** One predictor running on the host. */
export interface Instance<S extends Subject> extends RunningHost {
  readonly host: Host;
  readonly subject: S;
}

/** Registers a case. */
export type Case<S extends Subject> = (title: string, run: (instance: Instance<S>) => Promise<void>) => void;

let count = 0;

/** How many cases were registered so far. */
export function countCases(): number {
  return count;
}

/** For a host that never responds. The slowest case takes two seconds on a busy machine. */
const TIMEOUT_MS = 60_000;

/** Cases that share one subject, which `make` creates. The first case starts it. It is closed when the theme ends. */
export function serve<S extends Subject>(host: Host, make: () => S, options: HostOptions = {}): Case<S> {
  let running: Promise<Instance<S>> | undefined;
  after(() => running?.then((instance) => instance.close()));
  return (title, run) => {
    count++;
    it(title, { timeout: TIMEOUT_MS }, async () => {
      running ??= start(host, make(), options);
      await run(await running);
    });
  };
}

async function start<S extends Subject>(host: Host, subject: S, options: HostOptions = {}): Promise<Instance<S>> {
  const running = await host.start(subject.predictor, options);
  return {
    host,
    subject,
    send: (request) => running.send(request),
    ...(running.ping && { ping: running.ping.bind(running) }),
    close: () => running.close(),
  };
}

/** A case that needs no running host. */
export function check(title: string, run: () => void): void {
  count++;
  it(title, run);
}

/** Sets environment variables while a theme runs; `undefined` removes one. */
export function withEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  const kept: Record<string, string | undefined> = {};
  before(() => {
    for (const [name, value] of Object.entries(variables)) {
      kept[name] = process.env[name];
      setVariable(name, value);
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(kept)) setVariable(name, value);
  });
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
