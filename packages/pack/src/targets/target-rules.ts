import type { Budget } from "../budget/budget.ts";
import type { Format } from "../bundle/format.ts";
import type { LoadQuestion } from "../child/load-artefact.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import type { ImageHost } from "../image/build-image.ts";
import type { ImageSettings } from "../image/image-options.ts";
import type { System } from "../native/check-elf.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";
import type { Arch } from "./arch.ts";

/** The differences between targets. */
export interface TargetRules {
  readonly archs: readonly Arch[];
  /** Why the target has no other. */
  readonly archRule: string;
  /** The name of the handler file, without extension. */
  readonly entry: string;
  /** Example content of a handler file, for error messages. */
  readonly entryExample: string;
  /** The end of the error message for a handler file that loads but does not have a function or server for the platform. */
  readonly whatIsMissing: string;
  /** The entry for a folder without handler file, for a target whose entry is the same for every predictor. */
  readonly generated?: GeneratedEntry;
  /** Specifiers that the platform resolves. */
  readonly external: readonly string[];
  readonly formats: readonly Format[];
  /** Why the target takes no other. */
  readonly formatRule?: string;
  /** The name of the bundle in the artefact. */
  mainFile(format: Format): string;
  /** The system that loads native files, with the glibc of the vendor's base image. */
  readonly system: Pick<System, "name" | "glibc">;
  readonly budget: Budget;
  /** The name of the zip that is deployed; absent for a target that takes an image. */
  readonly zipName?: string | undefined;
  /** Set for a target that takes an image. */
  readonly image?: ImageRules;
  /** Whether a CommonJS bundle comes with V8's code cache. */
  readonly hasCodeCache?: boolean;
  /** Whether an instance serves one request at a time. */
  readonly oneAtATime?: boolean;
  /** Whether it takes parts of the artefact as layers. */
  readonly hasLayers?: boolean;
  /** Remedies for an artefact that is too large. */
  waysOut(arch: Arch): readonly string[];
  /** Files that the platform reads beside the bundle. */
  extraParts?(facts: ArtefactFacts, system: System): Promise<ExtraParts>;
  /** How the artefact in `folder` is loaded, to check that the platform finds the function or server. */
  loadQuestion(folder: string, facts: Pick<ArtefactFacts, "main" | "name">): LoadQuestion;
  /** Settings of the platform, such as Lambda's handler string. */
  settings(facts: ArtefactFacts): Readonly<Record<string, string>>;
}

export interface GeneratedEntry {
  /** The package that it imports. A project without the package gets the target only if it is named. */
  readonly package: string;
  /** Its text, which imports from the folder of the predictor's file. */
  entry(predictFile: string): string;
}

/** The differences between targets that take an image. */
export interface ImageRules {
  /** The base of the Dockerfile where no base is set. */
  readonly defaultBase: string;
  readonly host: ImageHost;
  /** Whether its host selects an image from an index of several architectures. */
  readonly takesIndex?: boolean;
  settings(facts: ArtefactFacts): ImageSettings;
}

/** The facts about an artefact that rules of targets use. */
export interface ArtefactFacts {
  /** The predictor's name, which is the name of its functions. */
  readonly name: string;
  readonly version: string;
  /** The file that the platform loads. */
  readonly main: string;
  readonly arch: Arch;
  /** Folder of the project. */
  readonly root: string;
  /** Folder of the predictor, which may have its own host.json. */
  readonly folder: string;
  /** The base of an image, where one is set. */
  readonly base: BaseFacts | undefined;
}

/** Files beside the bundle, and the packages that they come from. */
export interface ExtraParts {
  readonly files: readonly ArtefactFile[];
  readonly packages: readonly InstalledPackage[];
}

/** A remedy for an artefact that is too large. */
export function modelInStore(address: string): string {
  return `a model in a store, such as ${address}: instances fetch it while they start`;
}
