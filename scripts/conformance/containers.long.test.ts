// Checks rendered containers with Kubernetes' own schemas, AWS's linter and Azure ML's own library, and runs nginx
// with the server behind it. The tools come from PyPI and Debian; a missing tool fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type OutputFile,
  type ResolvedPlan,
  renderAzureMl,
  renderEcs,
  renderKubernetes,
  renderSageMaker,
  resolvePlan,
} from "@tricast/plan";
import type { SiteSettings } from "@tricast/plan/tools";
import { createServer } from "@tricast/server";
import iris from "../../handlers/iris/predict.ts";
import { CONTAINER_CASES } from "../../test/golden/containers/cases.ts";
import { callServerLive, postOverTls } from "./containers/clients.ts";
import { makeSite, type Site, start, test as testSite } from "./containers/nginx.ts";
import { freePort } from "./images/local-registry.ts";
import { providePrograms } from "./support/debian-packages.ts";
import { providePythonTool } from "./support/python-tool.ts";

const CHECK_MS = 300_000;
const HERE = fileURLToPath(new URL("./containers/", import.meta.url));
const DOMAIN = "models.example.com";
const HOST = `iris.${DOMAIN}`;

let root: string;
let site: Site;
before(() => {
  const missing = providePrograms({ nginx: "nginx-light", openssl: "openssl" });
  assert.equal(missing, undefined, missing);
  root = mkdtempSync(join(tmpdir(), "tricast-containers-"));
  site = makeSite(join(root, "nginx"));
});
after(() => rmSync(root, { recursive: true, force: true }));

type File = Pick<OutputFile, "path" | "text">;

/** The output of a program for files, in the folder of their case. */
function check(program: string, args: readonly string[], name: string, files: readonly File[]): string {
  const paths = files.map(({ path, text }) => {
    const file = join(root, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  const options = { encoding: "utf8", timeout: CHECK_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(program, [...args, ...paths], options);
  assert.ifError(error);
  assert.notEqual(status, null, `${program} was ended before it was done`);
  return `${stdout}${stderr}`;
}

function first(
  render: (plans: readonly ResolvedPlan[]) => readonly File[],
  ...changes: readonly [string, string][]
): File {
  const [file] = CONTAINER_CASES.flatMap(({ plans }) => render(plans));
  assert.ok(file, "the cases have one");
  const text = changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `${file.path} has ${from}`);
    return text.replace(from, to);
  }, file.text);
  return { path: file.path, text };
}

test("Kubernetes' schemas refuse an unknown key and a value of the wrong type, and accept every case", () => {
  const python = join(providePythonTool("kubernetes-validate==1.37.0"), "python");
  const schemas = (name: string, files: readonly File[]) => check(python, [join(HERE, "kubernetes.py")], name, files);
  const wrong = first(renderKubernetes, ["maxSurge: 1", "maxSurges: 1"], ["minReplicas: 1", 'minReplicas: "1"']);
  const told = schemas("wrong", [wrong]);
  assert.match(told, /'maxSurges' was unexpected/);
  assert.match(told, /'1' is not of type 'integer'/);
  for (const { name, plans } of CONTAINER_CASES) assert.equal(schemas(name, renderKubernetes(plans)), "", name);
});

test("AWS's linter refuses an unknown property, and accepts every template", () => {
  const linter = join(providePythonTool("cfn-lint==1.58.0"), "cfn-lint");
  const lint = (name: string, files: readonly File[]) =>
    check(linter, ["--regions", "eu-central-1", "--template"], name, files);
  const wrong = [
    first(renderEcs, ["NetworkMode:", "NetworkModes:"]),
    first(renderSageMaker, ["InitialInstanceCount: 1", "InstanceCount: 1"]),
  ];
  const told = lint("wrong", wrong);
  assert.match(told, /'NetworkModes' was unexpected/);
  assert.match(told, /'InstanceCount' was unexpected/);
  for (const { name, plans } of CONTAINER_CASES) {
    const templates = [...renderEcs(plans), ...renderSageMaker(plans)];
    if (templates.length > 0) assert.equal(lint(name, templates), "", name);
  }
});

test("Azure ML's library refuses an unknown field, and reads every endpoint and deployment as intended", () => {
  const python = join(providePythonTool("azure-ai-ml==1.35.2"), "python");
  const read = (name: string, files: readonly File[]) =>
    check(python, [join(HERE, "azure_ml.py")], name, files)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { readonly error?: string; readonly entity?: { readonly name: string } });
  const isRead = ({ path }: File) => path.endsWith(".yaml");
  const renderFiles = (plans: readonly ResolvedPlan[]) => renderAzureMl(plans).filter(isRead);
  const [reported] = read("wrong", [first(renderFiles, ["auth_mode:", "auth_modes:"])]);
  assert.match(reported?.error ?? "", /"auth_modes": \[\s*"Unknown field/);
  for (const { name, plans } of CONTAINER_CASES) {
    const files = renderFiles(plans);
    const entities = files.length === 0 ? [] : read(name, files);
    assert.deepEqual(
      entities.map(({ error, entity }) => error ?? entity?.name),
      files.map(({ text }) => /^name: (.*)$/m.exec(text)?.[1]),
      name,
    );
  }
});

for (const { name, plans } of CONTAINER_CASES) {
  for (const plan of plans.filter(({ nginx }) => nginx !== undefined)) {
    test(`${name}: nginx accepts the sites of ${plan.stage}`, () => assert.equal(testSite(site, plan), ""));
  }
}

function planOf(settings: SiteSettings): ResolvedPlan {
  const nginx = { domain: DOMAIN, certificates: site.certificates, ...settings };
  return resolvePlan({ service: "flowers", predictors: { iris: {} }, targets: { nginx } });
}

async function startSite(t: TestContext, settings: SiteSettings): Promise<number> {
  const port = await freePort();
  const running = await start(site, planOf(settings), port);
  t.after(() => running.stop());
  return port;
}

test("behind nginx the server answers HTTP and gRPC, and nginx refuses bodies that are too large", async (t) => {
  const server = createServer(iris, { host: "127.0.0.1", port: 0, grpcPort: 0 });
  const { port } = await server.listen();
  t.after(() => server.stop());
  const settings = { servers: [`127.0.0.1:${port}`], grpcServers: [`127.0.0.1:${server.grpcPort}`], maxBodyMb: 1 };
  const front = await startSite(t, settings);
  const answer = await postOverTls(front, HOST, "/predict", JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] }));
  assert.equal(answer.status, 200);
  assert.match(answer.body, /setosa/);
  assert.equal((await postOverTls(front, HOST, "/predict", "x".repeat(1_100_000))).status, 413);
  assert.equal(await callServerLive(front, HOST), true);
});

test("behind nginx a request that a server may have begun is not sent to another one", async (t) => {
  let connections = 0;
  // Accepts every request, and breaks the connection.
  const broken = createTcpServer((socket) => {
    connections += 1;
    socket.once("data", () => socket.destroy()).on("error", () => {});
  });
  const ports = await Promise.all([0, 0].map(() => freePort()));
  const second = createTcpServer((socket) => broken.emit("connection", socket));
  broken.listen(ports[0], "127.0.0.1");
  second.listen(ports[1], "127.0.0.1");
  t.after(() => [broken, second].map((one) => one.close()));
  const front = await startSite(t, { servers: ports.map((port) => `127.0.0.1:${port}`) });
  const answer = await postOverTls(front, HOST, "/predict", "{}");
  assert.deepEqual({ status: answer.status, connections }, { status: 502, connections: 1 });
});
