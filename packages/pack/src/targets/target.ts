import type { Budget } from "../budget/budget.ts";
import type { Format } from "../bundle/bundle.ts";
import type { LoadQuestion } from "../check/load-artefact.ts";
import type { Arch, ArtefactFile, Target } from "../files.ts";
import type { BaseFacts, ImageHost, ImageSettings } from "../image/index.ts";
import type { System } from "../native/check-elf.ts";
import type { InstalledPackage } from "../packages.ts";

/** What is different from target to target; everything else is the same for all. */
export interface TargetRules {
  readonly target: Target;
  readonly archs: readonly Arch[];
  /** Why it has no other. */
  readonly archRule: string;
  /** Names of handler files without extension, the first that exists is the entry. */
  readonly entries: readonly string[];
  /** What such a file has in it, for somebody who has none. */
  readonly entryExample: string;
  /** The entry of a folder without one, for a target whose entry is the same for every predictor. */
  readonly generated?: GeneratedEntry;
  /** Specifiers that the platform itself resolves. */
  readonly external: readonly string[];
  readonly formats: readonly Format[];
  /** Why it takes no other. */
  readonly formatRule?: string;
  /** Of the bundle in the artefact. */
  mainFile(format: Format): string;
  /** The system that native files are loaded in; glibc as the vendor's base image has it. */
  readonly system: { readonly name: string; readonly glibc: string | undefined; readonly source: string };
  readonly budget: Budget;
  /** Name of the zip that the platform takes; absent for a target that takes an image. */
  readonly zipName: string | undefined;
  /** Whether the bundle comes with what V8 compiles of it, where its format is CommonJS. */
  readonly hasCodeCache?: boolean;
  /** Whether an instance is given one request at a time. */
  readonly oneAtATime?: boolean;
  /** Whether it can take parts of the artefact as layers of their own. */
  readonly hasLayers?: boolean;
  /** What can be done about an artefact that is too large. */
  waysOut(arch: Arch): readonly string[];
  /** What the platform wants to find beside the bundle. */
  extraParts?(context: ExtraContext): Promise<ExtraParts>;
  /** How the staged folder is loaded, to see that the platform will find what it calls. */
  loadQuestion(context: LoadContext): LoadQuestion;
  /** Whether its host picks an image out of an index of several architectures. */
  readonly takesIndex?: boolean;
  /** For a target that takes an image. */
  image?(context: ImageContext): ImageRules;
  /** What to tell the platform, such as Lambda's handler string. */
  settings(context: SettingsContext): Readonly<Record<string, string>>;
}

export interface GeneratedEntry {
  /** What it imports; a project without it does not get the target unasked. */
  readonly package: string;
  /** Its text, to lie beside the predictor's file. */
  entry(predictFile: string): string;
}

/** Files that are no part of the bundle, and the packages that they come from. */
export interface ExtraParts {
  readonly files: readonly ArtefactFile[];
  readonly packages: readonly InstalledPackage[];
}

export interface ExtraContext {
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly root: string;
  /** Folder of the predictor, whose own host.json and the like count. */
  readonly folder: string;
  readonly system: System;
  /** Of an image, where one is given. */
  readonly base: BaseFacts | undefined;
}

export interface LoadContext {
  readonly folder: string;
  readonly main: string;
  /** The predictor's name, which names functions. */
  readonly name: string;
}

export interface SettingsContext {
  readonly main: string;
  readonly name: string;
  readonly arch: Arch;
}

export interface ImageContext {
  readonly name: string;
  readonly main: string;
  /** Of the project. */
  readonly root: string;
  readonly base: BaseFacts | undefined;
}

/** How the artefact becomes an image. */
export interface ImageRules {
  /** Where somebody has no base of their own. */
  readonly defaultBase: string;
  readonly host: ImageHost;
  readonly settings: ImageSettings;
}

/** A JSON file of an artefact. */
export function jsonFile(path: string, value: unknown, origin: string): ArtefactFile {
  return { path, content: { bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) }, origin };
}
