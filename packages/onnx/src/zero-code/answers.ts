import type { AnyLoadedModel } from "../model.ts";
import type { Mismatch } from "../tensor/mismatch.ts";
import { badData, invalidData } from "./bad-data.ts";

/** As many as a response lists. */
const MOST_REFUSED = 100;

interface Refused {
  readonly position: number;
  readonly problem: Mismatch;
  readonly error: unknown;
}

/** The answers to the instances of one request, or the problems of those that the graph cannot compute with. */
export class Answers<Answer> {
  private readonly model: AnyLoadedModel;
  private readonly answers: Answer[];
  private readonly refused: Refused[] = [];

  constructor(model: AnyLoadedModel, count: number) {
    this.model = model;
    this.answers = new Array(count);
  }

  set(position: number, answer: Answer): void {
    this.answers[position] = answer;
  }

  /** Keeps a problem with the values of the instance for {@link all}, so that the client reads the problems of all instances. */
  async add(position: number, run: () => Answer | Promise<Answer>): Promise<void> {
    try {
      this.answers[position] = await run();
    } catch (error) {
      const problem = badData(error, this.model);
      if (problem === undefined) throw error;
      this.refused.push({ position, problem: problem.under(position), error });
      if (this.refused.length >= MOST_REFUSED) this.all();
    }
  }

  /** @throws {TricastError} `invalid-tensor` with the pointer of each instance with bad values. */
  all(): readonly Answer[] {
    const refused = this.refused.toSorted((one, other) => one.position - other.position);
    if (refused.length === 0) return this.answers;
    throw invalidData(
      refused.map(({ problem }) => problem),
      refused[0]!.error,
    );
  }
}
