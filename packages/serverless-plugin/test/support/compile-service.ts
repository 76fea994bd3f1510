import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { ServerlessTricast } from "../../src/plugin.ts";
import type { PluginUtils, Serverless } from "../../src/serverless-api.ts";

interface Framework extends Serverless {
  readonly pluginManager: { addPlugin(plugin: unknown): void; readonly plugins: readonly unknown[] };
  readonly service: Serverless["service"] & { setFunctionNames(options: object): void };
  init(): Promise<void>;
  run(): Promise<void>;
}

const Osls = createRequire(import.meta.url)("serverless") as new (config: object) => Framework;
/** Serverless passes log and progress only to a class with this name, which it sets on plugins that it loads by name. */
class Plugin extends ServerlessTricast {
  static readonly _serverlessExternalPluginName = "serverless-tricast";

  constructor(serverless: Serverless, options: object, utils: PluginUtils) {
    const warning = (text: string): void => void warnings.push(text);
    super(serverless, options, { ...utils, log: { ...utils.log, warning } });
  }
}

let warnings: string[] = [];

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  readonly Properties: Readonly<Record<string, any>>;
}

export interface CompiledService {
  readonly resources: Readonly<Record<string, Resource>>;
  /** Of the plugin. */
  readonly warnings: readonly string[];
}

/** A folder with a predictor that has no model, so that its build takes little time; removed after the tests of the file. */
export function serviceFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricast plugin "));
  after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(folder, "handlers/echo"), { recursive: true });
  const files = {
    "predict.ts":
      'import { definePredictor } from "@tricast/core";\nexport default definePredictor({ name: "echo", predict: (input) => input });\n',
    "aws-lambda.ts":
      'import { lambda } from "@tricast/aws-lambda";\nimport predictor from "./predict.ts";\nexport const handler = lambda(predictor);\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "handlers/echo", name), text);
  writeFileSync(join(folder, "other.js"), "export const handler = async () => {};\n");
  return folder;
}

/** Runs a command of the Serverless Framework with the plugin in this process. Default: `package`. */
export async function compile(folder: string, configuration: object, given: RunOptions = {}): Promise<CompiledService> {
  const framework = await load(folder, configuration, given);
  framework.pluginManager.addPlugin(Plugin);
  return finish(framework);
}

/** Compiles the same document as {@link compile} without the plugin. */
export async function compilePlain(folder: string, configuration: object): Promise<CompiledService> {
  return finish(await load(folder, configuration, {}));
}

/** The functions that serverless-offline runs, which it reads after this hook. */
export async function prepareOffline(
  folder: string,
  configuration: object,
): Promise<Serverless["service"]["functions"]> {
  const framework = await load(folder, configuration, {});
  framework.pluginManager.addPlugin(Plugin);
  framework.service.setFunctionNames({});
  const plugin = framework.pluginManager.plugins.find((one) => one instanceof Plugin);
  await plugin?.hooks["before:offline:start"]?.();
  return framework.service.functions;
}

/** Ids that end with a time or with a hash of what the alias changes. */
const CHANGING_IDS = /\b(ApiGatewayDeployment|WebsocketsDeployment(?!Id))\w+/g;

export interface RunOptions {
  readonly commands?: readonly string[];
  readonly options?: object;
}

async function load(folder: string, configuration: object, { commands = ["package"], options = {} }: RunOptions) {
  const document = structuredClone({ service: "flowers", ...configuration });
  const config = { serviceDir: folder, configurationFilename: "serverless.yml", configuration: document };
  const framework = new Osls({ ...config, commands: [...commands], options });
  await framework.init();
  return framework;
}

async function finish(framework: Framework): Promise<CompiledService> {
  warnings = [];
  await framework.run();
  const { Resources } = framework.service.provider.compiledCloudFormationTemplate;
  return { resources: JSON.parse(JSON.stringify(Resources).replaceAll(CHANGING_IDS, "$1")), warnings };
}
