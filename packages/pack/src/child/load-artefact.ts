import { readFileSync } from "node:fs";
import { Server } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadAzureApp, NO_FUNCTIONS, type RegisteredFunction } from "../check/azure-worker.ts";
import { answerParent } from "./ask-child.ts";

/** How the platform finds the function or server, in a folder that is laid out as on the platform. */
export type LoadQuestion =
  | { readonly kind: "lambda"; readonly folder: string; readonly file: string; readonly name: string }
  | { readonly kind: "azure"; readonly folder: string }
  | { readonly kind: "google"; readonly folder: string; readonly file: string; readonly target: string }
  | { readonly kind: "server"; readonly folder: string; readonly file: string };

/** The names of the functions that were found. Empty where the file loads and has none. */
async function loadArtefact(question: LoadQuestion): Promise<readonly string[]> {
  const { kind, folder } = question;
  if (kind === "lambda") return loadLambda(join(folder, question.file), question.name);
  if (kind === "google") return loadGoogle(folder, join(folder, question.file), question.target);
  if (kind === "server") return loadServer(join(folder, question.file));
  return loadAzure(folder);
}

function importFile(path: string): Promise<unknown> {
  return import(pathToFileURL(path).href);
}

/** As aws-lambda-ric 4 does (index.mjs): `import()`, then the export by name, else the member of the default export. */
async function loadLambda(path: string, name: string): Promise<readonly string[]> {
  const exported = (await importFile(path)) as Record<string, unknown>;
  const handler = exported[name] ?? (exported.default as Record<string, unknown> | undefined)?.[name];
  if (typeof handler !== "function") return [];
  // Runtime.CallbackHandlerDeprecated on Node 24.
  if (handler.length > 2)
    throw new TypeError(`${name} declares ${handler.length} parameters; Lambda on Node 24 refuses more than 2`);
  return [name];
}

async function loadAzure(folder: string): Promise<readonly string[]> {
  try {
    const { functions } = await loadAzureApp(folder, () => undefined);
    requireExtensions(folder, [...functions.values()]);
    return [...functions.keys()];
  } catch (error) {
    if ((error as Error).message.includes(NO_FUNCTIONS)) return [];
    throw error;
  }
}

/** The host itself has these triggers; the others are in an extension bundle (learn.microsoft.com: functions-bindings-register). */
const OWN_TRIGGERS = ["httpTrigger", "timerTrigger", "warmupTrigger"];

/** @throws {Error} if the host would not know the trigger of a function. It would start, without that function. */
function requireExtensions(folder: string, functions: readonly RegisteredFunction[]): void {
  const host = JSON.parse(readFileSync(join(folder, "host.json"), "utf8")) as { readonly extensionBundle?: unknown };
  const other = functions.find(({ trigger }) => !OWN_TRIGGERS.includes(trigger.type));
  if (other === undefined || host.extensionBundle !== undefined) return;
  const bundle = { id: "Microsoft.Azure.Functions.ExtensionBundle", version: "[4.*, 5.0.0)" };
  throw new Error(
    `${other.name} has a ${other.trigger.type}, which the host knows with an extension bundle only; put host.json in the project with ${JSON.stringify({ version: "2.0", extensionBundle: bundle })}`,
  );
}

/** By the framework's own loader, which is in the artefact. */
async function loadGoogle(folder: string, path: string, target: string): Promise<readonly string[]> {
  const carried = join(folder, "node_modules/@google-cloud/functions-framework/framework.js");
  const framework = (await importFile(carried)) as { default: GoogleFramework };
  // The framework's loader prints the error of a module and does not throw it. This import throws it.
  await importFile(path);
  const found = await framework.default.getUserFunction(path, target, "http");
  return found === null ? [] : [target];
}

/** The time limit for a server to listen. */
const LISTENING_MS = 20_000;

/** Starts the program as a container does. Its call of `listen` opens no port here. */
async function loadServer(path: string): Promise<readonly string[]> {
  const listening = new Promise<readonly string[]>((resolve) => {
    Server.prototype.listen = function listen(this: Server): Server {
      resolve(["a server"]);
      return this;
    };
    // The process has no more work, so the program does not listen.
    process.once("beforeExit", () => resolve([]));
    setTimeout(() => resolve([]), LISTENING_MS).unref();
  });
  await importFile(path);
  return listening;
}

interface GoogleFramework {
  getUserFunction(file: string, target: string, signature: string): Promise<unknown>;
}

answerParent(loadArtefact);
