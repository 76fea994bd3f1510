import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolvePlan, type SecretReference } from "../../src/index.ts";
import { RENDERERS, type Renderer } from "../../src/tools.ts";
import { configOn, type Target } from "../support/setting-samples.ts";

/** The store that the instances of each target read with their own identity, and the permission in rendered files. */
const OWN: Readonly<Partial<Record<Target, { readonly scheme: string; readonly permission: RegExp }>>> = {
  aws: { scheme: "s3", permission: /s3:GetObject/ },
  ecs: { scheme: "s3", permission: /s3:GetObject/ },
  sagemaker: { scheme: "s3", permission: /s3:GetObject/ },
  azure: { scheme: "az", permission: /Storage Blob Data Reader/ },
  azureMl: { scheme: "az", permission: /Storage Blob Data Reader/ },
  gcp: { scheme: "gs", permission: /roles\/storage\.objectViewer/ },
  vertex: { scheme: "gs", permission: /roles\/storage\.objectViewer/ },
};

const MODELS: Readonly<Record<string, string>> = {
  s3: "s3://flowers-bucket/store/iris@prod",
  gs: "gs://flowers-bucket/store/iris@prod",
  az: "az://account/flowers-bucket/store/iris@prod",
  https: "https://flowers-bucket.example/store/iris.onnx",
};

const SECRETS: Readonly<Record<string, { readonly reference: SecretReference; readonly permission: RegExp }>> = {
  azure: {
    reference: { keyVault: "https://flowers-vault.vault.azure.net/secrets/token" },
    permission: /Key Vault Secrets User/,
  },
  gcp: { reference: { secretManager: "token" }, permission: /roles\/secretmanager\.secretAccessor/ },
  ecs: { reference: { secretsManager: "token" }, permission: /secretsmanager:GetSecretValue/ },
};

/** The text of each renderer's files for a target. The permissions of serverless.yml come from its plugin. */
function textsOf(target: Target, settings: object): readonly (readonly [name: string, text: string])[] {
  const plan = resolvePlan(configOn(target, settings));
  const renderers = Object.entries(RENDERERS) as [string, Renderer][];
  return renderers
    .filter(([name, { targets }]) => targets.includes(target) && name !== "serverless")
    .map(([name, { render }]) => {
      const files = render([plan]).filter(({ path }) => !path.endsWith(".example"));
      return [name, files.map(({ text }) => text).join("\n")];
    });
}

describe("the permission to read a model", () => {
  for (const [target, { scheme, permission }] of Object.entries(OWN)) {
    for (const [store, model] of Object.entries(MODELS)) {
      const isOwn = store === scheme;
      it(`is ${isOwn ? "given" : "not given"} on ${target} for a model in ${store}`, () => {
        const texts = textsOf(target as Target, { model });
        assert.ok(texts.length > 0);
        for (const [name, text] of texts) {
          // A module has statements for all models in its values. Without models there, they have no effect.
          const granted = name === "terraform" && !isOwn ? /\b(container|bucket) += "/ : permission;
          assert.equal(granted.test(text), isOwn, `${name}\n${text}`);
          if (isOwn) assert.match(text, /flowers-bucket/, name);
        }
      });
    }

    it(`is not given on ${target} without a model`, () => {
      for (const [name, text] of textsOf(target as Target, {})) assert.doesNotMatch(text, permission, name);
    });
  }

  it("covers the folder of the model, and not its neighbours", () => {
    for (const [target, { scheme }] of Object.entries(OWN)) {
      // Roles of Azure cover a whole container.
      if (scheme === "az") continue;
      for (const [name, text] of textsOf(target as Target, { model: MODELS[scheme] })) {
        assert.match(text, /store\/iris\/(\*|")/, `${target} ${name}`);
        assert.doesNotMatch(text, /store\/\*|flowers-bucket\/\*/, `${target} ${name}`);
      }
    }
  });
});

describe("the permission to read a secret", () => {
  for (const [target, { reference, permission }] of Object.entries(SECRETS)) {
    it(`is given on ${target} for a secret, and only then`, () => {
      const texts = textsOf(target as Target, { secrets: { TOKEN: reference } });
      for (const [name, text] of texts) assert.match(text, permission, name);
      for (const [name, text] of textsOf(target as Target, {})) assert.doesNotMatch(text, permission, name);
    });
  }
});

describe("the permission to call", () => {
  /** The text that opens an endpoint to all callers, by target and renderer. */
  const OPEN: readonly (readonly [Target, string, RegExp])[] = [
    ["aws", "terraform", /authorization = "NONE"/],
    ["gcp", "terraform", /public += true/],
    ["gcp", "scripts", / --allow-unauthenticated/],
    ["azure", "terraform", /auth_level = "anonymous"/],
    ["azure", "scripts", /TRICAST_AUTH_LEVEL=anonymous/],
  ];
  for (const [target, renderer, open] of OPEN) {
    it(`is for all callers only if the configuration sets it: ${renderer} on ${target}`, () => {
      const closed = target === "azure" ? "api-key" : "iam";
      for (const [endpoint, isOpen] of [
        [{ auth: "none" }, true],
        [{ auth: closed }, false],
        [false, false],
      ] as const) {
        const [, text = ""] = textsOf(target, { endpoint }).find(([name]) => name === renderer) ?? [];
        assert.equal(open.test(text), isOpen, JSON.stringify(endpoint));
      }
    });
  }
});
