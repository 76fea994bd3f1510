import type { Context } from "aws-lambda";
import type { BenchModel } from "./models.ts";

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** One way to serve `POST /predict` from Lambda. A file under `contenders/` exports one under the name `contender`. */
export interface Contender {
  readonly name: string;
  /** Contents of its handler. */
  readonly stack: string;
  /** Packages whose versions are printed with its figures. */
  readonly packages: readonly string[];
  /** A handler after its one-time setup. */
  create(model: BenchModel): Promise<Handler>;
}
