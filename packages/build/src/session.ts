import { type Bundle, type BundleRequest, bundle } from "./bundle/bundle.ts";

/** What one call of `build` does once for several targets: they share most of their bundles. */
export interface Session {
  bundle(request: BundleRequest): Promise<Bundle>;
  /** How artefacts were tried, by what was loaded. */
  readonly tried: Map<string, Promise<string>>;
}

export function newSession(): Session {
  const bundles = new Map<string, Promise<Bundle>>();
  return {
    bundle(request) {
      const key = JSON.stringify(request);
      const known = bundles.get(key) ?? bundle(request);
      bundles.set(key, known);
      return known;
    },
    tried: new Map(),
  };
}
