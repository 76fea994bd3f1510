import { isEven, tailKey } from "../stacking.ts";
import type { PendingRun } from "./pending-run.ts";

interface Waiting {
  readonly run: PendingRun;
  /** The number of runs before it. */
  readonly arrival: number;
}

interface Group {
  readonly joinable: boolean;
  readonly waiting: Waiting[];
}

/** Limits of a shared run. */
export interface BatchLimits {
  readonly rows: number;
  /** Of the inputs. */
  readonly bytes: number;
}

const ALONE = "";

/**
 * Waiting runs, in order of arrival. Runs that can share a run of the graph form one group: they ask for the same outputs,
 * and their inputs differ only in the number of rows. Each version of a model has its own queue.
 */
export class RunQueue {
  size = 0;
  /** Of the inputs of all waiting runs. */
  bytes = 0;
  private readonly groups = new Map<string, Group>();
  private arrivals = 0;

  push(run: PendingRun, joinable: boolean): void {
    const key = joinable && isEven(run.feeds) ? keyOf(run) : ALONE;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { joinable: key !== ALONE, waiting: [] };
      this.groups.set(key, group);
    }
    group.waiting.push({ run, arrival: this.arrivals++ });
    this.size++;
    this.bytes += run.bytes;
  }

  /** The oldest run, with later ones that may share it. Empty when no run waits. */
  take(limits: BatchLimits): PendingRun[] {
    const [key, group] = this.oldest() ?? [];
    if (key === undefined || group === undefined) return [];
    const taken = group.waiting.splice(0, group.joinable ? countFitting(group.waiting, limits) : 1);
    this.left(key, group, taken);
    return taken.map(({ run }) => run);
  }

  /** Removes one run. False when it no longer waits. */
  remove(run: PendingRun): boolean {
    for (const [key, group] of this.groups) {
      const index = group.waiting.findIndex((waiting) => waiting.run === run);
      if (index < 0) continue;
      this.left(key, group, group.waiting.splice(index, 1));
      return true;
    }
    return false;
  }

  /** Removes all runs. */
  clear(): PendingRun[] {
    const all = [...this.groups.values()].flatMap(({ waiting }) => waiting.map(({ run }) => run));
    this.groups.clear();
    this.size = 0;
    this.bytes = 0;
    return all;
  }

  private left(key: string, group: Group, taken: readonly Waiting[]): void {
    for (const { run } of taken) this.bytes -= run.bytes;
    this.size -= taken.length;
    if (group.waiting.length === 0) this.groups.delete(key);
  }

  /** The group with the oldest run, so that busy groups do not delay others. */
  private oldest(): [string, Group] | undefined {
    let best: [string, Group] | undefined;
    for (const entry of this.groups) {
      if (best === undefined || entry[1].waiting[0]!.arrival < best[1].waiting[0]!.arrival) best = entry;
    }
    return best;
  }
}

function keyOf({ feeds, fetches }: PendingRun): string {
  return `${Object.keys(fetches).join("\0")}\0${tailKey(feeds)}`;
}

/** At least one: a single request may be larger than any batch. */
function countFitting(waiting: readonly Waiting[], limits: BatchLimits): number {
  let [rows, bytes] = [0, 0];
  for (const [index, { run }] of waiting.entries()) {
    rows += run.rows;
    bytes += run.bytes;
    if (index > 0 && (rows > limits.rows || bytes > limits.bytes)) return index;
  }
  return waiting.length;
}
