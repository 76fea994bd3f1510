import { Server } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadAzureApp, NO_FUNCTIONS } from "../check/azure-worker.ts";
import { answerParent } from "./ask-child.ts";

/** How the platform finds what it calls, in a folder laid out as the platform lays it out. */
export type LoadQuestion =
  | { readonly kind: "lambda"; readonly folder: string; readonly file: string; readonly name: string }
  | { readonly kind: "azure"; readonly folder: string }
  | { readonly kind: "google"; readonly folder: string; readonly file: string; readonly target: string }
  | { readonly kind: "server"; readonly folder: string; readonly file: string };

/** What was found: names of functions. Empty where the file loads and has none. */
async function loadArtefact(question: LoadQuestion): Promise<readonly string[]> {
  if (question.kind === "lambda") return loadLambda(question.folder, question.file, question.name);
  if (question.kind === "google") return loadGoogle(question.folder, question.file, question.target);
  if (question.kind === "server") return loadServer(question.folder, question.file);
  return loadAzure(question.folder);
}

/** As aws-lambda-ric 4 does (index.mjs): `import()`, the export by name, else of the default export. */
async function loadLambda(folder: string, file: string, name: string): Promise<readonly string[]> {
  const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
  const handler = exported[name] ?? (exported.default as Record<string, unknown> | undefined)?.[name];
  if (typeof handler !== "function") return [];
  // Runtime.CallbackHandlerDeprecated on Node 24.
  if (handler.length > 2)
    throw new TypeError(`${name} declares ${handler.length} parameters; Lambda on Node 24 refuses more than 2`);
  return [name];
}

async function loadAzure(folder: string): Promise<readonly string[]> {
  try {
    return [...(await loadAzureApp(folder, () => undefined)).functions.keys()];
  } catch (error) {
    if ((error as Error).message.includes(NO_FUNCTIONS)) return [];
    throw error;
  }
}

/** By the framework's own loader, which the artefact carries. */
async function loadGoogle(folder: string, file: string, target: string): Promise<readonly string[]> {
  const path = join(folder, "node_modules/@google-cloud/functions-framework/framework.js");
  const framework = (await import(pathToFileURL(path).href)) as { default: GoogleFramework };
  // A module that cannot be loaded is printed by the loader, and its reason lost; loaded once here, it throws.
  await import(pathToFileURL(join(folder, file)).href);
  const found = await framework.default.getUserFunction(join(folder, file), target, "http");
  return found === null ? [] : [target];
}

/** Longest that a server may take until it listens. */
const LISTENING_MS = 20_000;

/** The program as a container starts it, up to its call of `listen`, which opens no port here. */
async function loadServer(folder: string, file: string): Promise<readonly string[]> {
  const listening = new Promise<readonly string[]>((resolve) => {
    Server.prototype.listen = function listen(this: Server): Server {
      resolve(["a server"]);
      return this;
    };
    // Nothing is left to be done, or nothing that leads to it.
    process.once("beforeExit", () => resolve([]));
    setTimeout(() => resolve([]), LISTENING_MS).unref();
  });
  await import(pathToFileURL(join(folder, file)).href);
  return listening;
}

interface GoogleFramework {
  getUserFunction(file: string, target: string, signature: string): Promise<unknown>;
}

answerParent(loadArtefact);
