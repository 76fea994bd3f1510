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

/** What differs from target to target; everything else is the same for all. */
export interface TargetRules {
  readonly archs: readonly Arch[];
  /** Why it has no other. */
  readonly archRule: string;
  /** Names of handler files without extension; the first that exists is the entry. */
  readonly entries: readonly string[];
  /** The content of such a file, for a project that has none. */
  readonly entryExample: string;
  /** What to say of a handler file that loads, and in which the platform finds nothing to call. */
  readonly whatIsMissing: string;
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
  readonly zipName?: string | undefined;
  /** For a target that takes an image. */
  readonly image?: ImageRules;
  /** Whether the bundle comes with what V8 compiles of it, where its format is CommonJS. */
  readonly hasCodeCache?: boolean;
  /** Whether an instance serves one request at a time. */
  readonly oneAtATime?: boolean;
  /** Whether it can take parts of the artefact as layers of their own. */
  readonly hasLayers?: boolean;
  /** What can be done about an artefact that is too large. */
  waysOut(arch: Arch): readonly string[];
  /** Files that the platform looks for beside the bundle. */
  extraParts?(facts: ArtefactFacts, system: System): Promise<ExtraParts>;
  /** How the artefact, laid out in `folder`, is loaded to see that the platform will find what it calls. */
  loadQuestion(folder: string, facts: Pick<ArtefactFacts, "main" | "name">): LoadQuestion;
  /** What to tell the platform, such as Lambda's handler string. */
  settings(facts: ArtefactFacts): Readonly<Record<string, string>>;
}

export interface GeneratedEntry {
  /** The package that it imports; a project without the package does not get the target unasked. */
  readonly package: string;
  /** Its text, to lie beside the predictor's file. */
  entry(predictFile: string): string;
}

/** How the artefact becomes an image. */
export interface ImageRules {
  /** For a project without a base of its own. */
  readonly defaultBase: string;
  readonly host: ImageHost;
  /** Whether its host picks an image out of an index of several architectures. */
  readonly takesIndex?: boolean;
  settings(facts: ArtefactFacts): ImageSettings;
}

/** An artefact, as far as the rules of a target ask. */
export interface ArtefactFacts {
  /** The predictor's name, which names functions. */
  readonly name: string;
  readonly version: string;
  /** The file that the platform loads. */
  readonly main: string;
  readonly arch: Arch;
  /** Folder of the project. */
  readonly root: string;
  /** Folder of the predictor, whose own host.json and the like count. */
  readonly folder: string;
  /** Of an image, where one is given. */
  readonly base: BaseFacts | undefined;
}

/** Files that are not part of the bundle, and the packages that they come from. */
export interface ExtraParts {
  readonly files: readonly ArtefactFile[];
  readonly packages: readonly InstalledPackage[];
}
