import { isTricastError } from "@tricast/core";
import { checkPlan, type Finding, type ResolvedPlan, resolvePlan } from "@tricast/plan";
import { isError } from "@tricast/plan/tools";
import { addResources } from "./add-resources.ts";
import { applyPlan } from "./apply-plan.ts";
import { findLostRecords } from "./batch-failures.ts";
import { fromServerless, predictorNames } from "./from-serverless.ts";
import type { Layers } from "./layers.ts";
import { prepareOffline } from "./offline.ts";
import { packagePredictors } from "./package-predictors.ts";
import type { PluginUtils, Serverless } from "./serverless-api.ts";

/** The plan's own checks refuse unknown keys under `tricast:` and suggest the nearest key. */
const ANYTHING = { anyOf: [{ type: "object" }, { type: "boolean" }] };

/** `plugins: [serverless-tricast]`. */
export class ServerlessTricast {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #utils: PluginUtils;
  #plan: ResolvedPlan | undefined;
  #layers: Layers | undefined;

  constructor(serverless: Serverless, options: { readonly function?: string }, utils: PluginUtils) {
    this.#serverless = serverless;
    this.#utils = utils;
    serverless.configSchemaHandler.defineTopLevelProperty("tricast", { type: "object" });
    serverless.configSchemaHandler.defineFunctionProperties("aws", { properties: { tricast: ANYTHING } });
    const offline = () => this.#prepare(false).then(() => this.#withPlan("Building", prepareOffline));
    this.hooks = {
      "before:package:initialize": () => this.#prepare(true),
      "before:package:createDeploymentArtifacts": () => this.#build(),
      "after:package:compileLayers": async () => this.#compileLayers(),
      "after:package:compileEvents": () =>
        this.#withPlan("Adding resources", async (_, plan) => addResources(serverless, plan)),
      "before:offline:start": offline,
      "before:offline:start:init": offline,
      "before:deploy:function:initialize": async () => this.#refuseOne(options.function),
    };
  }

  /** Resolves the settings of serverless.yml and writes the result into the service. */
  async #prepare(forCloud: boolean): Promise<void> {
    const { service } = this.#serverless;
    if (service.provider.name !== "aws" || predictorNames(service.functions).length === 0) return;
    await this.#withServerlessErrors(async () => {
      const plan = this.#resolve();
      if (forCloud) this.#refuseMistakes(plan);
      applyPlan(service, plan);
      this.#plan = plan;
    });
  }

  #resolve(): ResolvedPlan {
    const { service, configurationInput } = this.#serverless;
    const aws = this.#serverless.getProvider("aws");
    const [stage, region] = [aws.getStage(), aws.getRegion()];
    const { provider, functions } = service;
    const { tricast } = configurationInput;
    const config = fromServerless({ service: service.service, stage, region, provider, functions, tricast });
    const plan = resolvePlan(config, stage);
    if (plan.aws === undefined) return plan;
    // A function may have its own name in serverless.yml.
    const named = plan.aws.functions.map((fn) => ({ ...fn, name: functions[fn.predictor]?.name ?? fn.name }));
    return { ...plan, aws: { ...plan.aws, functions: named } };
  }

  /** Prints warnings. @throws with every error that the cloud would report. */
  #refuseMistakes(plan: ResolvedPlan): void {
    const findings = [...checkPlan(plan), ...findLostRecords(this.#serverless.service, plan)];
    const errors = findings.filter(isError);
    for (const finding of findings) if (!isError(finding)) this.#utils.log.warning(format(finding));
    if (errors.length > 0) throw this.#error(errors.map(format).join("\n"), "TRICAST_RULES");
  }

  /** `deploy function` would upload sources and remove layers, and the next deployment would publish that state. */
  #refuseOne(name: string | undefined): void {
    const { functions } = this.#serverless.service;
    if (name === undefined || functions[name]?.image || !predictorNames(functions).includes(name)) return;
    throw this.#error(
      `serverless deploy function would replace the artefact of ${name} with its sources; run: serverless deploy`,
      "TRICAST_DEPLOY_FUNCTION",
    );
  }

  #build(): Promise<void> {
    return this.#withPlan("Building", async (...given) => {
      this.#layers = await packagePredictors(...given);
      if (this.#isDeploying()) this.#layers.register();
    });
  }

  #compileLayers(): void {
    if (this.#isDeploying()) return;
    this.#layers?.compile();
  }

  #isDeploying(): boolean {
    return this.#serverless.processedInput.commands[0] === "deploy";
  }

  async #withPlan(
    what: string,
    work: (serverless: Serverless, plan: ResolvedPlan, onPredictor: (name: string) => void) => Promise<void>,
  ): Promise<void> {
    const plan = this.#plan;
    if (plan === undefined) return;
    const progress = this.#utils.progress.create({ message: what });
    const onPredictor = (name: string) => progress.update(`${what} ${name}`);
    await this.#withServerlessErrors(() => work(this.#serverless, plan, onPredictor)).finally(() => progress.remove());
  }

  /** Serverless shows only the message of its own errors, and the stack of other errors. */
  async #withServerlessErrors(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isTricastError(error)) throw error;
      throw this.#error(error.message, `TRICAST_${error.code.toUpperCase().replaceAll("-", "_")}`);
    }
  }

  #error(message: string, code: string): Error {
    return new this.#serverless.classes.Error(message, code);
  }
}

function format({ rule, where, seen, why, fix }: Finding): string {
  return `${rule} (${where}): ${seen}. ${why} Fix: ${fix}.`;
}
