import { isTricastError } from "@tricast/core";
import { checkPlan, type ResolvedPlan, resolvePlan } from "@tricast/plan";
import { isError } from "@tricast/plan/tools";
import { addResources } from "./add-resources.ts";
import { applyPlan } from "./apply-plan.ts";
import { fromServerless, predictorNames } from "./from-serverless.ts";
import type { Layers } from "./layers.ts";
import { prepareOffline } from "./offline.ts";
import { packagePredictors } from "./package-predictors.ts";
import type { PluginUtils, Serverless } from "./serverless-api.ts";

/** What is under `tricast:` is checked by the plan's own rules, which name the nearest key. */
const ANYTHING = { anyOf: [{ type: "object" }, { type: "boolean" }] };

/** `plugins: [serverless-tricast]`. */
export class ServerlessTricast {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #utils: PluginUtils;
  #plan: ResolvedPlan | undefined;
  #layers: Layers | undefined;

  constructor(serverless: Serverless, _options: unknown, utils: PluginUtils) {
    this.#serverless = serverless;
    this.#utils = utils;
    serverless.configSchemaHandler.defineTopLevelProperty("tricast", { type: "object" });
    serverless.configSchemaHandler.defineFunctionProperties("aws", { properties: { tricast: ANYTHING } });
    const offline = () => this.#withPlan("Building", prepareOffline);
    this.hooks = {
      "before:package:initialize": () => this.#prepare(true),
      "before:package:createDeploymentArtifacts": () => this.#build(),
      "after:package:compileLayers": async () => this.#compileLayers(),
      "after:package:compileEvents": () =>
        this.#withPlan("Adding resources", async (serverless, plan) => addResources(serverless, plan)),
      "before:offline:start": () => this.#prepare(false).then(offline),
      "before:offline:start:init": () => this.#prepare(false).then(offline),
    };
  }

  /** Resolves the settings of serverless.yml, and writes the result into the service. */
  async #prepare(forCloud: boolean): Promise<void> {
    const { service } = this.#serverless;
    if (service.provider.name !== "aws" || predictorNames(service.functions).length === 0) return;
    await this.#inWordsOfServerless(async () => {
      const plan = this.#resolve();
      if (forCloud) this.#refuseMistakes(plan);
      applyPlan(service, plan);
      this.#plan = plan;
    });
  }

  #resolve(): ResolvedPlan {
    const { service, configurationInput } = this.#serverless;
    const aws = this.#serverless.getProvider("aws");
    const stage = aws.getStage();
    const config = fromServerless({
      service: service.service,
      stage,
      region: aws.getRegion(),
      provider: service.provider,
      functions: service.functions,
      tricast: configurationInput.tricast,
    });
    const plan = resolvePlan(config, stage);
    if (plan.aws === undefined) return plan;
    // A function may have a name of its own in serverless.yml.
    const functions = plan.aws.functions.map((fn) => ({
      ...fn,
      name: service.functions[fn.predictor]?.name ?? fn.name,
    }));
    return { ...plan, aws: { ...plan.aws, functions } };
  }

  /** @throws with everything that would fail in the cloud; what would only hurt is a warning. */
  #refuseMistakes(plan: ResolvedPlan): void {
    const findings = checkPlan(plan);
    const lines = (wanted: boolean) =>
      findings
        .filter((finding) => isError(finding) === wanted)
        .map(({ rule, where, seen, why, fix }) => `${rule} (${where}): ${seen}. ${why} ${fix}`);
    for (const line of lines(false)) this.#utils.log.warning(line);
    const errors = lines(true);
    if (errors.length > 0) throw new this.#serverless.classes.Error(errors.join("\n"), "TRICAST_RULES");
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
    this.#layers?.register();
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
    try {
      await this.#inWordsOfServerless(() => work(this.#serverless, plan, (name) => progress.update(`${what} ${name}`)));
    } finally {
      progress.remove();
    }
  }

  /** Serverless shows the message of its own errors and the stack of all others. */
  async #inWordsOfServerless<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isTricastError(error)) throw error;
      throw new this.#serverless.classes.Error(
        error.message,
        `TRICAST_${error.code.toUpperCase().replaceAll("-", "_")}`,
      );
    }
  }
}
