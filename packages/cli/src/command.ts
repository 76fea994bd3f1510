import type { Io, Outcome } from "./io.ts";
import { type Argument, type Option, switchOn } from "./options.ts";

type ValueOf<P> = P extends Argument<infer T> | Option<infer T> ? T : never;
export type Values<A, O> = { readonly [K in keyof A]: ValueOf<A[K]> } & { readonly [K in keyof O]: ValueOf<O[K]> };

export interface CommandDefinition<A, O> {
  /** The words that call it: `["models", "push"]`. */
  readonly path: readonly string[];
  /** One sentence. */
  readonly summary: string;
  /** Further paragraphs of the help. */
  readonly details?: readonly string[];
  /** In their order on the command line. */
  readonly arguments: A;
  readonly options: O;
  /** What stands behind `tricast`. */
  readonly examples: readonly string[];
  readonly run: (values: Values<A, O>, io: Io) => Promise<Outcome>;
}

/** A command whose parameters are read from texts. */
export interface Command {
  readonly path: readonly string[];
  readonly summary: string;
  readonly details: readonly string[];
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  readonly run: (values: Readonly<Record<string, unknown>>, io: Io) => Promise<Outcome>;
}

/** Every command has these. */
export const COMMON_OPTIONS = {
  json: switchOn({ flag: "json", description: "Print one JSON document instead of text." }),
  help: switchOn({ flag: "help", description: "Print this help." }),
} as const;

export function defineCommand<
  A extends Readonly<Record<string, Argument>>,
  O extends Readonly<Record<string, Option>>,
>({ details = [], run, ...definition }: CommandDefinition<A, O>): Command {
  return {
    ...definition,
    details,
    options: { ...definition.options, ...COMMON_OPTIONS },
    // The values were read by these very arguments and options.
    run: (values, io) => run(values as Values<A, O>, io),
  };
}
