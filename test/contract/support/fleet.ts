import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { AnyPredictor } from "@tricast/core";
import type { RunningHost } from "@tricast/core/testing";
import type { ContractHost } from "../hosts/contract-host.ts";
import { HOSTS } from "../hosts.ts";
import "./quiet.ts";

/** A predictor together with whatever a test wants to reach of it. */
export interface Subject {
  readonly predictor: AnyPredictor;
}

/** One predictor running on one host. */
export interface Instance<S extends Subject> extends RunningHost {
  readonly host: ContractHost & { readonly mount: string };
  readonly subject: S;
}

export interface CaseOptions {
  /** Runs the hosts side by side: for cases that spend their time waiting. Default false. */
  readonly concurrent?: boolean;
}

export interface Fleet<S extends Subject> {
  /** One case that needs more than the core (ONNX models, the examples): `body` runs once on every host, each as a test of its own. */
  each(title: string, body: (instance: Instance<S>, t: TestContext) => Promise<void>, options?: CaseOptions): void;
}

/** For a host that never answers. The slowest case takes two seconds on a busy machine. */
const TIMEOUT_MS = 60_000;

/** A service's timers keep no process alive, and neither does a host that is not a server. */
let alive: NodeJS.Timeout | undefined;
before(() => {
  alive = setInterval(() => {}, 1_000);
});
after(() => clearInterval(alive));

/** The predictor that `make` returns, on every host: started by the first case that needs it, closed after the last. */
export function fleet<S extends Subject>(make: (host: ContractHost) => S): Fleet<S> {
  const running = new Map<ContractHost, Promise<Instance<S>>>();
  const start = async (host: ContractHost): Promise<Instance<S>> => {
    const subject = make(host);
    const started = await host.start(subject.predictor, {});
    return { host: { mount: "", ...host }, subject, send: started.send, close: () => started.close() };
  };
  const instanceOn = (host: ContractHost) => {
    const known = running.get(host) ?? start(host);
    running.set(host, known);
    return known;
  };
  after(async () => {
    for (const started of running.values()) await (await started).close();
  });
  return {
    each: (title, body, { concurrent = false } = {}) => {
      test(title, { concurrency: concurrent ? HOSTS.length : 1 }, async (t) => {
        const ran: string[] = [];
        await Promise.all(
          HOSTS.map((host) =>
            t.test(host.name, { timeout: TIMEOUT_MS }, async (inner) => {
              ran.push(host.name);
              await body(await instanceOn(host), inner);
            }),
          ),
        );
        // A case that ran nowhere would pass without this.
        assert.deepEqual(ran.sort(), HOSTS.map(({ name }) => name).sort());
      });
    },
  };
}
