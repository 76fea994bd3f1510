import { now } from "../clock.ts";
import { isPromise } from "../is-promise.ts";
import { type CachedModel, registry } from "../registry.ts";
import type { LoadContext, ModelSource } from "./source.ts";

export interface Loaded<M> {
  readonly model: M;
  readonly loadMs: number;
}

/**
 * The model of `source`, loaded at most once per process. Synchronous if the source loads synchronously or the model is
 * already loaded. A failed load is not kept: the next call tries again.
 */
export function acquireModel<M>(source: ModelSource<M>, context: LoadContext): Loaded<M> | Promise<Loaded<M>> {
  const cached = cacheEntry(source);
  cached.users++;
  if (cached.value !== undefined) return cached.value as Loaded<M>;
  try {
    const loaded = cached.loading ?? startLoading(cached, source, context);
    if (!isPromise(loaded)) return loaded as Loaded<M>;
    return loaded.catch((error: unknown) => {
      cached.users--;
      throw error;
    }) as Promise<Loaded<M>>;
  } catch (error) {
    cached.users--;
    throw error;
  }
}

/** Releases the model. The last user disposes of it. */
export async function releaseModel<M>(source: ModelSource<M>): Promise<void> {
  const cached = cacheEntry(source);
  if (cached.users === 0 || --cached.users > 0 || cached.value === undefined) return;
  const { model } = cached.value;
  cached.value = undefined;
  if (source.key !== undefined) registry().modelsByKey.delete(source.key);
  await source.dispose?.(model as M);
}

function cacheEntry(source: ModelSource<unknown>): CachedModel {
  const { modelsByKey, modelsBySource } = registry();
  const known = source.key === undefined ? modelsBySource.get(source) : modelsByKey.get(source.key);
  if (known !== undefined) return known;
  const fresh: CachedModel = { users: 0, value: undefined, loading: undefined };
  if (source.key === undefined) modelsBySource.set(source, fresh);
  else modelsByKey.set(source.key, fresh);
  return fresh;
}

function startLoading(
  cached: CachedModel,
  source: ModelSource<unknown>,
  context: LoadContext,
): Loaded<unknown> | Promise<Loaded<unknown>> {
  const started = now();
  const keep = (model: unknown): Loaded<unknown> => {
    cached.value = { model, loadMs: now() - started };
    return cached.value;
  };
  const model = source.load(context);
  if (!isPromise(model)) return keep(model);
  // A thenable need not have `finally`.
  cached.loading = Promise.resolve(model)
    .then(keep)
    .finally(() => {
      cached.loading = undefined;
    });
  return cached.loading;
}
