import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fs, { readFileSync, statSync } from "node:fs";
import { createRequire, Module } from "node:module";
import type { Server } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { RpcTypedData } from "./azure-messages.ts";

export type { RpcCookie, RpcHttp, RpcTypedData } from "./azure-messages.ts";

/**
 * The part of Azure's Node worker that an app can observe, by the worker's rules
 * (github.com/Azure/azure-functions-nodejs-worker; comments name its files under src/): how the app is found and loaded, the
 * virtual core module, and the invocation model. It has no gRPC connection to a host: invocations are plain calls with the
 * same shapes.
 */
export interface AzureWorker {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /**
   * The address to which the host forwards HTTP requests, if the app uses `app.setup({ enableHttpStream: true })`. From the
   * first call, `app.setup` throws.
   */
  httpUri(): Promise<string | undefined>;
  /** Runs one invocation with the library that registered the app. Rejects when the function throws. */
  invoke(name: string, input: Invocation): Promise<RpcTypedData | undefined>;
  /** Runs the `appTerminate` hooks, one after the other; the real worker then exits (terminateWorker.ts). */
  terminate(): Promise<void>;
}

export interface RegisteredFunction {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly trigger: Binding & { readonly bindingName: string };
  readonly callback: (...args: unknown[]) => unknown;
}

export interface Binding {
  readonly type: string;
  readonly direction: string;
  readonly [property: string]: unknown;
}

export interface Invocation {
  readonly id: string;
  /** Empty for a request that the host forwards. */
  readonly data: RpcTypedData;
  readonly triggerMetadata?: Readonly<Record<string, RpcTypedData>>;
  readonly traceParent: string;
}

/** Receives each log line of the app that Application Insights would get. */
export type LogLine = (line: {
  readonly level: string;
  readonly message: string;
  readonly functionName: string;
  readonly invocationId: string;
}) => void;

interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: unknown): InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: (...args: unknown[]) => unknown): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: RpcTypedData | null }>;
}

type Metadata = Pick<RegisteredFunction, "name" | "bindings">;
type Hook = (context: Record<string, unknown>) => unknown;
type HookName = "appStart" | "appTerminate" | "preInvocation" | "postInvocation";

/** Published by Node (nodejs.org/api/diagnostics_channel.html, built-in channels). */
const LISTENING = "tracing:net.server.listen:asyncStart";

/** Part of the error message for an app that loads and registers nothing. */
export const NO_FUNCTIONS = "registered no functions";
const CORE_MODULE = "@azure/functions-core";
/** The version of the worker that this file follows. The library does not depend on it. */
const WORKER_VERSION = "3.9.1";
const HOST_VERSION = "4.1036.0";

/**
 * Loads the app in folder `root` into this process, which must load no other app.
 * @throws {Error} when the app would not start in Azure: no file for `main`, an entry file that throws, a function
 *   registered twice, or none at all.
 */
export async function loadAzureApp(root: string, log: LogLine): Promise<AzureWorker> {
  const worker = startWorker(log);
  process.chdir(root);
  const manifest = readManifest(root);
  for (const file of entryFiles(root, manifest.main))
    await worker.loadEntry(path.join(root, file), file, manifest.type);
  await worker.finishStartup(root);
  return worker;
}

/** A worker without an app folder. It gets the functions that this process registers from now on. */
export function openAzureWorker(log: LogLine): AzureWorker {
  return startWorker(log);
}

function startWorker(log: LogLine): Worker {
  const worker = new Worker(log);
  worker.provideCoreModule();
  return worker;
}

/** Ignores members of another type, as the worker does (parsers/parsePackageJson.ts). */
function readManifest(root: string): { readonly main: string | undefined; readonly type: string | undefined } {
  const { main, type } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as Record<string, unknown>;
  return { main: typeof main === "string" ? main : undefined, type: typeof type === "string" ? type : undefined };
}

/** `main` is a glob, expanded in the app's folder. No match is an error (startApp.ts). */
function entryFiles(root: string, main: string | undefined): string[] {
  if (main === undefined || main === "")
    throw new Error(`${root}/package.json has no "main", so Azure finds no functions`);
  const files = fs.globSync(main, { cwd: root }).filter((file) => statSync(path.join(root, file)).isFile());
  if (files.length > 0) return files.sort();
  const why = /[*?{[!]/.test(main) ? "Found zero files matching the supplied pattern" : "File does not exist";
  throw new Error(`Worker was unable to load entry point "${main}": ${why} (in ${root})`);
}

class Worker implements AzureWorker {
  readonly functions = new Map<string, RegisteredFunction>();
  private readonly log: LogLine;
  private readonly hooks: Record<HookName, Hook[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
  };
  private readonly appHookData = {};
  private model: ProgrammingModel | undefined;
  private locked = false;
  private capabilities: Promise<Record<string, string>> | undefined;

  constructor(log: LogLine) {
    this.log = log;
  }

  /** Only `require` finds the module, so a bundle must keep it external and be CommonJS (setupCoreModule.ts). */
  provideCoreModule(): void {
    const core = this.coreApi();
    Module.prototype.require = new Proxy(Module.prototype.require, {
      apply: (target, self, args) => (args[0] === CORE_MODULE ? core : Reflect.apply(target, self, args)),
    });
  }

  /** The extension decides, and for `.js` the root manifest: a nearer package.json is not read (loadScriptFile.ts). */
  async loadEntry(file: string, shown: string, type: string | undefined): Promise<void> {
    const isModule = file.endsWith(".mjs") || (!file.endsWith(".cjs") && type === "module");
    try {
      if (isModule) await import(pathToFileURL(file).href);
      else createRequire(file)(file);
    } catch (cause) {
      throw new Error(`Worker was unable to load entry point "${shown}": ${(cause as Error).message}`, { cause });
    }
  }

  async finishStartup(root: string): Promise<void> {
    if (this.functions.size === 0)
      throw new Error(`${root} ${NO_FUNCTIONS}; Azure would report "No job functions found"`);
    await this.httpUri();
    await this.runHooks("appStart", { functionAppDirectory: root });
    // After the host's request for metadata, registration throws (FunctionsMetadataHandler.ts).
    this.locked = true;
  }

  async httpUri(): Promise<string | undefined> {
    this.capabilities ??= withoutHoldingOpen(async () => (await this.model?.getCapabilities?.({})) ?? {});
    return (await this.capabilities).HttpUri;
  }

  /** The order of InvocationHandler.ts. */
  async invoke(name: string, input: Invocation): Promise<RpcTypedData | undefined> {
    const registered = this.functions.get(name);
    if (registered === undefined || this.model === undefined)
      throw new Error(`Function code for '${name}' is not loaded and cannot be invoked.`);
    const model = this.model.getInvocationModel(this.coreContext(registered, input));
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: this.appHookData, invocationContext: context };
    const before = { ...shared, inputs, functionCallback: registered.callback };
    await this.runHooks("preInvocation", before);
    const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }
    await this.runHooks("postInvocation", after);
    if (after.error !== null) throw after.error;
    return (await model.getResponse(context, after.result)).returnValue ?? undefined;
  }

  async terminate(): Promise<void> {
    await this.runHooks("appTerminate", {});
  }

  private coreApi(): Record<string, unknown> {
    return {
      version: WORKER_VERSION,
      hostVersion: HOST_VERSION,
      registerHook: (name: HookName, callback: Hook) => this.registerHook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.model = model;
      },
      getProgrammingModel: () => this.model,
      log: (level: string, category: string, message: string) => {
        if (category === "user") this.log({ level, message, functionName: "", invocationId: "" });
      },
      registerFunction: (metadata: Metadata, callback: RegisteredFunction["callback"]) =>
        this.register(metadata, callback),
      Disposable,
    };
  }

  /** registerFunction.ts */
  private register({ name, bindings }: Metadata, callback: RegisteredFunction["callback"]): Disposable {
    if (this.locked) throw new Error("A function can only be registered during app startup.");
    if (this.functions.has(name)) throw new Error(`A function with id "${name}" has already been registered.`);
    const [bindingName, trigger] = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type)) ?? [];
    if (bindingName === undefined || trigger === undefined) throw new Error(`Function "${name}" has no trigger`);
    // The host gets the bindings as JSON text, which drops members that are not JSON.
    const plain = JSON.parse(JSON.stringify(trigger)) as Binding;
    this.functions.set(name, { name, bindings, trigger: { ...plain, bindingName }, callback });
    return new Disposable(() => void this.functions.delete(name));
  }

  private registerHook(name: HookName, callback: Hook): Disposable {
    const hooks = this.hooks[name];
    if (hooks === undefined) throw new RangeError(`Unrecognized hook "${name}"`);
    hooks.push(callback);
    return new Disposable(() => void hooks.splice(hooks.indexOf(callback), 1));
  }

  private async runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context);
  }

  private coreContext({ name, bindings, trigger }: RegisteredFunction, invocation: Invocation): unknown {
    const { id, data, triggerMetadata = {}, traceParent } = invocation;
    return {
      invocationId: id,
      request: {
        invocationId: id,
        functionId: name,
        inputData: [{ name: trigger.bindingName, data }],
        triggerMetadata,
        traceContext: { traceParent, traceState: "", attributes: {} },
      },
      metadata: { name, bindings },
      log: (level: string, category: string, message: string) => {
        if (category === "user") this.log({ level, message, functionName: name, invocationId: id });
      },
    };
  }
}

/** Runs `work`. A server that it opens does not keep the process alive: the real worker lives as long as its host. */
async function withoutHoldingOpen<T>(work: () => Promise<T>): Promise<T> {
  const release = (message: unknown): void => void (message as { readonly server: Server }).server.unref();
  subscribe(LISTENING, release);
  return work().finally(() => unsubscribe(LISTENING, release));
}

/** As the worker's own class, `dispose` acts once (Disposable.ts). */
class Disposable {
  private onDispose: (() => void) | undefined;

  constructor(onDispose: () => void) {
    this.onDispose = onDispose;
  }

  dispose(): void {
    this.onDispose?.();
    this.onDispose = undefined;
  }
}
