import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { CONTAINER_CASES } from "../../../../test/golden/containers/cases.ts";
import { type OutputFile, renderKubernetes, resolvePlan } from "../../src/index.ts";
import type { KubernetesTarget } from "../../src/tools.ts";

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: string]: unknown;
}

type Labels = Readonly<Record<string, string>>;

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own, which the published schemas are held to elsewhere
  readonly spec: any;
}

const IMAGE = "registry.example.com/iris:1";

function documentsOf(file: OutputFile | undefined): readonly Document[] {
  return parseAllDocuments(file?.text ?? "").flatMap((one) => (one.toJS() === null ? [] : [one.toJS() as Document]));
}

function of(kind: string, documents: readonly Document[]): Document {
  const found = documents.find((one) => one.kind === kind);
  assert.ok(found, `a ${kind}`);
  return found;
}

function containerOf(documents: readonly Document[]): Container {
  return of("Deployment", documents).spec.template.spec.containers[0];
}

function render(target: KubernetesTarget): readonly Document[] {
  const plan = resolvePlan({
    service: "any",
    predictors: { iris: {} },
    targets: { kubernetes: { image: IMAGE, ...target } },
  });
  return documentsOf(renderKubernetes([plan])[0]);
}

function environmentOf(documents: readonly Document[]): Labels {
  return Object.fromEntries(containerOf(documents).env.map(({ name, value = "" }) => [name, value]));
}

describe("renderKubernetes", () => {
  const files = CONTAINER_CASES.flatMap(({ name, plans }) =>
    renderKubernetes(plans).map((file) => ({ what: `${name}/${file.path}`, documents: documentsOf(file) })),
  );

  it("has cases with and without an autoscaler", () => {
    const scaled = files.map(({ documents }) => documents.some(({ kind }) => kind === "HorizontalPodAutoscaler"));
    assert.deepEqual([...new Set(scaled)].sort(), [false, true]);
  });

  for (const { what, documents } of files) {
    it(`refers to nothing that is not there: ${what}`, () => {
      const { metadata, spec } = of("Deployment", documents);
      const labels: Labels = spec.template.metadata.labels;
      const selectors: Labels[] = [
        spec.selector.matchLabels,
        of("Service", documents).spec.selector,
        of("PodDisruptionBudget", documents).spec.selector.matchLabels,
        ...spec.template.spec.topologySpreadConstraints.map(
          (one: { labelSelector: { matchLabels: Labels } }) => one.labelSelector.matchLabels,
        ),
      ];
      for (const selector of selectors) assert.deepEqual({ ...labels, ...selector }, labels);
      assert.equal(of("ServiceAccount", documents).metadata.name, spec.template.spec.serviceAccountName);
      for (const one of documents.filter(({ kind }) => kind === "HorizontalPodAutoscaler")) {
        assert.equal(one.spec.scaleTargetRef.name, metadata.name);
        assert.equal(spec.replicas, undefined, "the autoscaler's number is its own");
      }
      const container = containerOf(documents);
      const ports = container.ports.map(({ name }) => name);
      for (const { targetPort } of of("Service", documents).spec.ports) assert.ok(ports.includes(targetPort));
      assert.equal(new Set(container.env.map(({ name }) => name)).size, container.env.length);
    });

    it(`lets a request that came last finish before the pod is ended: ${what}`, () => {
      const { terminationGracePeriodSeconds: grace } = of("Deployment", documents).spec.template.spec;
      const environment = environmentOf(documents);
      const drain = Number(environment.TRICAST_DRAIN_DELAY_MS);
      assert.ok(drain > 0);
      assert.ok(Number(environment.TRICAST_GRACE_MS) >= drain + Number(environment.TRICAST_REQUEST_TIMEOUT_MS));
      assert.ok(grace * 1000 > Number(environment.TRICAST_GRACE_MS));
    });
  }

  it("keeps any value of the environment as it is, where Kubernetes would fill in variables", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("$", "(", ")", "A", '"', "\n", ":", " ", "é") }), (value) => {
        const plan = resolvePlan({
          service: "any",
          predictors: { iris: { environment: { VALUE: value } } },
          targets: { kubernetes: { image: IMAGE } },
        });
        const [file] = renderKubernetes([plan]);
        assert.equal(filledIn(environmentOf(documentsOf(file)).VALUE ?? ""), value);
        assert.deepEqual(renderKubernetes([structuredClone(plan)]), [file]);
      }),
    );
  });

  it("refers to secrets and never tells their values", () => {
    const documents = render({ secrets: { TOKEN: { kubernetes: "flowers/token" } }, environment: { TOKEN: "plain" } });
    assert.deepEqual(
      containerOf(documents).env.filter(({ name }) => name === "TOKEN"),
      [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "flowers", key: "token" } } }],
    );
  });

  it("lets what the user wrote win over what it would say to the server itself", () => {
    const environment = { TRICAST_REQUEST_TIMEOUT_MS: "1500" };
    assert.equal(environmentOf(render({ environment })).TRICAST_REQUEST_TIMEOUT_MS, "1500");
  });

  it("follows the CPU, and the queue unless it is told not to", () => {
    const metrics = (target: KubernetesTarget) =>
      of("HorizontalPodAutoscaler", render(target)).spec.metrics.map((one: { type: string }) => one.type);
    assert.deepEqual(metrics({}), ["Resource", "Pods"]);
    assert.deepEqual(metrics({ queueLength: false }), ["Resource"]);
  });

  it("gives a predictor without an endpoint no service", () => {
    const kinds = render({ endpoint: false }).map(({ kind }) => kind);
    assert.ok(!kinds.includes("Service") && kinds.includes("Deployment"));
  });

  it("refuses a predictor without an image, with the place to write one", () => {
    const plan = resolvePlan({ service: "any", predictors: { iris: {} }, targets: { kubernetes: {} } });
    assert.throws(() => renderKubernetes([plan]), {
      code: "invalid-option",
      message: /image of iris on kubernetes is missing; .* targets\.kubernetes or predictors\.iris\.on\.kubernetes/,
    });
  });
});

/** As the kubelet reads a value, with a word for each reference (k8s.io/kubernetes third_party/forked/golang/expansion). */
function filledIn(value: string): string {
  return value.replace(/\$(\$|\([^)]*\))/g, (_, what) => (what === "$" ? "$" : "REFERENCE"));
}
