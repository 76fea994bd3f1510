import { createEngine, type Engine } from "../engine.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { LoadedModels } from "../seam.ts";
import type { ModelSource, ServedVersion } from "./source.ts";

/** The key of the model of `model` or `load`. */
export const MAIN = "model";

/** How long a middleware may still run the models after a newer version has replaced them, in milliseconds. */
const HANDED_OUT_MS = 60_000;

/** One loaded model, shared by the generations that hold it. The last one to release it disposes of it. */
export class Part {
  readonly key: string;
  readonly source: ModelSource<unknown>;
  readonly model: unknown;
  private holders = 0;
  private readonly dispose: () => Promise<void>;

  constructor(key: string, source: ModelSource<unknown>, model: unknown, dispose: () => Promise<void>) {
    this.key = key;
    this.source = source;
    this.model = model;
    this.dispose = dispose;
  }

  hold(): this {
    this.holders++;
    return this;
  }

  async release(): Promise<void> {
    if (--this.holders === 0) await this.dispose();
  }
}

/** The models of one request, one version of each, and the engine that runs them. */
export class View implements LoadedModels {
  readonly model: unknown;
  readonly models: Readonly<Record<string, unknown>>;
  /** Version of the main model, if its source has versions. */
  readonly version: string | undefined;
  private readonly predictor: AnyPredictor;
  private made: Engine | undefined;

  constructor(predictor: AnyPredictor, chosen: readonly (readonly [key: string, served: ServedVersion<unknown>])[]) {
    this.predictor = predictor;
    const models: Record<string, unknown> = {};
    let main: ServedVersion<unknown> | undefined;
    for (const [key, served] of chosen) {
      if (key === MAIN) main = served;
      else models[key] = served.model;
    }
    this.model = main?.model;
    this.models = models;
    this.version = main?.version;
  }

  get engine(): Engine {
    this.made ??= createEngine(this.predictor, this);
    return this.made;
  }
}

/**
 * One set of loaded models. When a newer generation takes over, this one finishes its requests and then releases its
 * models.
 */
export class Generation {
  private readonly predictor: AnyPredictor;
  readonly parts: readonly Part[];
  private readonly views = new Map<string, View>();
  /** Set if no alias splits its traffic: every request gets the same versions. */
  private readonly only: View | undefined;
  private users = 0;
  private retired = false;
  private handedOut = false;
  private released: Promise<void> | undefined;

  constructor(predictor: AnyPredictor, parts: readonly Part[]) {
    this.predictor = predictor;
    this.parts = parts.map((part) => part.hold());
    const splits = parts.some((part) => versionsOf(part).length > 1);
    this.only = splits ? undefined : this.viewOf(parts.map(() => 0));
  }

  /** The view of a request. If versions share the traffic, the same `key` always gets the same view. */
  view(key: string): View {
    return this.only ?? this.viewOf(this.parts.map(({ source, model }) => source.served?.(model).choose(key) ?? 0));
  }

  /** Views that together hold every version. */
  everyView(): View[] {
    const views = this.parts.flatMap((part, position) =>
      versionsOf(part).map((_version, index) =>
        this.viewOf(this.parts.map((_, other) => (other === position ? index : 0))),
      ),
    );
    return this.parts.length === 0 ? [this.view("")] : [...new Set(views)];
  }

  enter(): void {
    this.users++;
  }

  leave(): void {
    if (--this.users === 0 && this.retired) this.releaseSoon();
  }

  /** Models for user code that keeps them outside a request. */
  handOut(key: string): View {
    this.handedOut = true;
    return this.view(key);
  }

  /** Takes no new requests, and disposes of the models after the last one. */
  retire(): void {
    this.retired = true;
    if (this.users === 0) this.releaseSoon();
  }

  /** Releases the models now. */
  release(): Promise<void> {
    this.released ??= Promise.all(this.parts.map((part) => part.release())).then(() => undefined);
    return this.released;
  }

  private releaseSoon(): void {
    if (this.handedOut) setTimeout(() => void this.release(), HANDED_OUT_MS).unref();
    else void this.release();
  }

  private viewOf(indexes: readonly number[]): View {
    const id = indexes.join(" ");
    const known = this.views.get(id);
    if (known !== undefined) return known;
    const chosen = this.parts.map((part, position) => {
      const versions = versionsOf(part);
      return [part.key, versions[indexes[position] ?? 0] ?? versions[0]] as [string, ServedVersion<unknown>];
    });
    const view = new View(this.predictor, chosen);
    this.views.set(id, view);
    return view;
  }
}

/** The served versions. A source without versions has one entry without a name. */
export function versionsOf({ source, model }: Part): readonly ServedVersion<unknown>[] {
  return source.served?.(model).versions ?? [{ version: undefined, model }];
}
