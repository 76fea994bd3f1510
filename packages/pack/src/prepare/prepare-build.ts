import { join } from "node:path";
import { checkEnvironment } from "../budget/check-budget.ts";
import type { CompleteOptions } from "../build-options.ts";
import { withCodeCache } from "../bundle/code-cache.ts";
import { storeKindsOf } from "../bundle/store-kinds.ts";
import { type Collected, collectFiles } from "../files/collect-files.ts";
import { type WeighedFile, weighGroups } from "../files/content.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import { sourceDateEpoch } from "../output/epoch.ts";
import type { Definition } from "../project/definition.ts";
import type { Project } from "../project/find-project.ts";
import type { Arch } from "../targets/arch.ts";
import type { TargetRules } from "../targets/target-rules.ts";
import type { Target } from "../targets/targets.ts";
import type { Session } from "./session.ts";

/** One target for one architecture. */
export interface SingleBuild {
  readonly project: Project;
  readonly definition: Definition;
  readonly target: Target;
  readonly rules: TargetRules;
  readonly arch: Arch;
  readonly options: CompleteOptions;
  readonly session: Session;
  /** Whether its image is part of an index, which is made after every architecture is prepared. */
  readonly inIndex: boolean;
}

/** A build with all of its files, before anything is packed or written. */
export interface PreparedBuild extends SingleBuild {
  readonly layered: boolean;
  readonly collected: Collected;
  readonly files: readonly WeighedFile[];
  /** The output folder. */
  readonly folder: string;
  /** The time of every output file, in seconds since 1970. */
  readonly epoch: number;
  readonly base: BaseFacts | undefined;
}

/**
 * Collects the files of one target for one architecture; nothing is written.
 * @param layers whether the runtime and the model become layers, where the target takes them.
 */
export async function prepareBuild(build: SingleBuild, layers: boolean): Promise<PreparedBuild> {
  const { project, definition, target, rules, arch, options, session } = build;
  checkEnvironment(rules.budget, options.environment, target);
  const layered = layers && rules.hasLayers === true;
  const hasBase = options.base !== undefined && rules.image !== undefined;
  const base = hasBase ? await session.inspectBase(options.base, arch, { insecure: options.insecure }) : undefined;
  const bare = await collectFiles({ ...options, project, definition, target, rules, arch, layered, base, session });
  // The code cache runs the bundle, which would read a model from its store.
  const runsAlone = storeKindsOf(definition.models.map(({ uri }) => uri)).length === 0;
  const hasCodeCache = rules.hasCodeCache === true && options.format === "cjs" && runsAlone;
  const collected = hasCodeCache ? await withCodeCache(bare, arch) : bare;
  return {
    ...build,
    layered,
    collected,
    files: weighGroups(collected.groups),
    folder: join(options.out, project.name, `${target}-${arch}`),
    epoch: sourceDateEpoch(),
    base,
  };
}
