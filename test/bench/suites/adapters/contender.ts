import type { Context } from "aws-lambda";
import type { BenchModel } from "./models.ts";

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** One way to serve `POST /predict` from Lambda. A file under `contenders/` exports one under the name `contender`. */
export interface Contender {
  readonly name: string;
  /** What stands in its handler. */
  readonly stack: string;
  /** Packages whose versions belong beside its figures. */
  readonly packages: readonly string[];
  /** A handler that is ready: whatever it does once is done. */
  create(model: BenchModel): Promise<Handler>;
}
