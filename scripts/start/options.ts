import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { didYouMean } from "@tricast/core/adapter";

/** One record per option: flag, default, description. `--help` is generated from it. */
const OPTIONS = {
  predictor: { type: "string", default: "iris", value: "NAME", help: "the example to run: iris, digits or language" },
  once: {
    type: "boolean",
    default: false,
    value: "",
    help: "send the examples, print the table and exit; the exit code is 0 only if all responses are equal",
  },
  "aws-port": { type: "string", default: "4101", value: "N", help: "port of API Gateway and Lambda" },
  "azure-port": { type: "string", default: "4102", value: "N", help: "port of Azure Functions" },
  "google-port": { type: "string", default: "4103", value: "N", help: "port of Google Cloud Functions" },
  help: { type: "boolean", default: false, value: "", help: "print this and exit" },
} as const;

export interface StartOptions {
  readonly predictor: string;
  readonly once: boolean;
  readonly help: boolean;
  readonly ports: { readonly aws: number; readonly azure: number; readonly google: number };
}

/** Reads the command line. @throws {Error} naming the flag, the value seen and the rule. */
export function readOptions(args: readonly string[], handlersFolder: string): StartOptions {
  const { values } = parse(args);
  const known = readdirSync(handlersFolder).sort();
  if (!known.includes(values.predictor)) {
    throw new Error(`--predictor ${values.predictor}: unknown example; choose one of ${known.join(", ")}`);
  }
  return {
    predictor: values.predictor,
    once: values.once,
    help: values.help,
    ports: { aws: port("aws-port", values), azure: port("azure-port", values), google: port("google-port", values) },
  };
}

export function helpText(): string {
  const rows = Object.entries(OPTIONS).map(([name, { value, help, default: preset }]) => {
    const usual = typeof preset === "string" ? ` (default ${preset})` : "";
    return `  ${`--${name} ${value}`.padEnd(18)} ${help}${usual}`;
  });
  return ["npm start -- [options]", "", "Runs one predictor on three clouds, on this machine.", "", ...rows].join("\n");
}

const SEE_HELP = "see npm start -- --help";
const FLAGS = Object.keys(OPTIONS).map((name) => `--${name}`);

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  } catch (error) {
    const flag = /'?--([\w-]+)/.exec((error as Error).message)?.[1];
    const hint = flag === undefined || flag in OPTIONS ? SEE_HELP : didYouMean(`--${flag}`, FLAGS, SEE_HELP);
    throw new Error(`${(error as Error).message.split(". ")[0]}; ${hint}`);
  }
}

type PortFlag = "aws-port" | "azure-port" | "google-port";

function port(flag: PortFlag, values: Readonly<Record<PortFlag, string>>): number {
  const number = Number(values[flag]);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new Error(`--${flag} ${values[flag]}: it must be a port from 1 to 65535`);
}
