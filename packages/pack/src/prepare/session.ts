import { type Bundle, type BundleRequest, bundle } from "../bundle/bundle.ts";
import { remember } from "../files/remember.ts";
import { type BaseFacts, inspectBase } from "../image/base/inspect-base.ts";
import type { RegistryOptions } from "../image/registry/client.ts";
import type { Arch } from "../targets/arch.ts";

export type Session = ReturnType<typeof newSession>;

/** Results that the targets of one call of `build` share: most of their bundles are equal. */
export function newSession() {
  const bundles = new Map<string, Promise<Bundle>>();
  const bases = new Map<string, Promise<BaseFacts>>();
  return {
    bundle: (request: BundleRequest) => remember(bundles, JSON.stringify(request), () => bundle(request)),
    inspectBase: (base: string, arch: Arch, registry: RegistryOptions) =>
      remember(bases, `${arch} ${base}`, () => inspectBase(base, arch, registry)),
    /** How artefacts were tried, by their content. */
    tried: new Map<string, Promise<string>>(),
  };
}
