import type { Io, Outcome } from "./io.ts";
import { type Argument, type Option, switchOn, type UnnamedOption } from "./options.ts";

type ValueOf<P> = P extends Argument<infer T> | UnnamedOption<infer T> ? T : never;
export type Values<A, O> = { readonly [K in keyof A]: ValueOf<A[K]> } & { readonly [K in keyof O]: ValueOf<O[K]> };

interface CommandTexts {
  /** The words that call the command: `["models", "push"]`. */
  readonly path: readonly string[];
  /** One sentence. */
  readonly summary: string;
  /** Command lines without `tricast`. */
  readonly examples: readonly string[];
}

export interface CommandDefinition<A, O> extends CommandTexts {
  /** Further paragraphs of the help. */
  readonly details?: readonly string[];
  /** In their order on the command line. */
  readonly arguments?: A;
  readonly options: O;
  readonly run: (values: Values<A, O>, io: Io) => Promise<Outcome>;
}

/** A command whose parameters are read from texts. */
export interface Command extends CommandTexts {
  readonly details: readonly string[];
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly options: Readonly<Record<string, Option>>;
  readonly run: (values: Readonly<Record<string, unknown>>, io: Io) => Promise<Outcome>;
}

/** Every command has these. */
const COMMON_OPTIONS = {
  json: switchOn("Prints one JSON document instead of text."),
  help: switchOn("Prints this help."),
};

/** Names each option after its key: `maxQueue` is `--max-queue`. */
export function defineCommand<
  A extends Readonly<Record<string, Argument>>,
  O extends Readonly<Record<string, UnnamedOption>>,
>({ details = [], arguments: wanted, options, run, ...texts }: CommandDefinition<A, O>): Command {
  const named = Object.entries({ ...options, ...COMMON_OPTIONS }).map(([key, option]) => {
    return [key, { ...option, flag: key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) }];
  });
  return {
    ...texts,
    details,
    arguments: wanted ?? {},
    options: Object.fromEntries(named),
    // The arguments and options above read the values, so their types match.
    run: (values, io) => run(values as Values<A, O>, io),
  };
}
