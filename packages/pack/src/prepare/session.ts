import { type Bundle, type BundleRequest, bundle } from "../bundle/bundle.ts";
import { remember } from "../files/remember.ts";
import { type BaseFacts, inspectBase } from "../image/base/inspect-base.ts";
import type { RegistryOptions } from "../image/registry/client.ts";
import type { Arch } from "../targets/arch.ts";

/** Results that the targets of one call of `build` share: most of their bundles are equal. */
export interface Session {
  bundle(request: BundleRequest): Promise<Bundle>;
  inspectBase(base: string, arch: Arch, registry: RegistryOptions): Promise<BaseFacts>;
  /** How artefacts were tried, by their content. */
  readonly tried: Map<string, Promise<string>>;
}

export function newSession(): Session {
  const bundles = new Map<string, Promise<Bundle>>();
  const bases = new Map<string, Promise<BaseFacts>>();
  return {
    bundle: (request) => remember(bundles, JSON.stringify(request), () => bundle(request)),
    inspectBase: (base, arch, registry) => remember(bases, `${arch} ${base}`, () => inspectBase(base, arch, registry)),
    tried: new Map(),
  };
}
