import { type Bundle, type BundleRequest, bundle } from "../bundle/bundle.ts";
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
    bundle(request) {
      const key = JSON.stringify(request);
      const known = bundles.get(key) ?? bundle(request);
      bundles.set(key, known);
      return known;
    },
    inspectBase(base, arch, options) {
      const key = `${arch} ${base}`;
      const known = bases.get(key) ?? inspectBase(base, arch, options);
      bases.set(key, known);
      return known;
    },
    tried: new Map(),
  };
}
