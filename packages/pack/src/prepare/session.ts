import { type Bundle, type BundleRequest, bundle } from "../bundle/bundle.ts";
import { remember } from "../files/remember.ts";
import { type BaseFacts, type InspectOptions, inspectBase } from "../image/index.ts";
import type { Arch } from "../targets/arch.ts";

/** What one call of `build` does once for several targets: they share most of their bundles. */
export interface Session {
  bundle(request: BundleRequest): Promise<Bundle>;
  inspectBase(base: string, arch: Arch, options: InspectOptions): Promise<BaseFacts>;
  /** How artefacts were tried, by what was loaded. */
  readonly tried: Map<string, Promise<string>>;
}

export function newSession(): Session {
  const bundles = new Map<string, Promise<Bundle>>();
  const bases = new Map<string, Promise<BaseFacts>>();
  return {
    bundle: (request) => remember(bundles, JSON.stringify(request), () => bundle(request)),
    inspectBase: (base, arch, options) => remember(bases, `${arch} ${base}`, () => inspectBase(base, arch, options)),
    tried: new Map(),
  };
}
