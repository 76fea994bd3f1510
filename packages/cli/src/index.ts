export type { Command } from "./command.ts";
export { COMMANDS } from "./commands/index.ts";
export { commandHelp, EXIT_CODES, explainOption, formatArgument, usage } from "./help.ts";
export type { Io, Outcome } from "./io.ts";
export { type Argument, formatFlag, type Option } from "./options.ts";
export { type ExitCode, run, type Surroundings } from "./run.ts";
