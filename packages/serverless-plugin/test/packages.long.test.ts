import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { type CompiledService, compile, prepareOffline, serviceFolder } from "./support/compile-service.ts";

const HANDLER = "handlers/echo/aws-lambda.handler";
const PROVIDER = { name: "aws", region: "eu-central-1" };
const ZIP = { handler: HANDLER, tricast: { packaging: "zip" } };
const IMAGE = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/echo@sha256:${"6b".repeat(32)}`;

const folder = serviceFolder();

const digestOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** The file that each function and layer is deployed from, by logical id. */
function packagesOf({ resources }: CompiledService): Readonly<Record<string, string>> {
  const keys = Object.entries(resources).flatMap(([id, { Properties }]) => {
    const key = Properties.Code?.S3Key ?? Properties.Content?.S3Key;
    return key === undefined ? [] : [[id, join(folder, ".serverless", basename(key))]];
  });
  return Object.fromEntries(keys);
}

function versionOf({ resources }: CompiledService, name: string): string | undefined {
  return Object.keys(resources).find((id) => id.startsWith(`${name}LambdaVersion`));
}

describe("packages", () => {
  it("survive a service of the same name, whose package Serverless writes afterwards", async () => {
    const service = await compile(folder, {
      service: "echo",
      provider: { ...PROVIDER, runtime: "nodejs22.x" },
      package: { patterns: ["!**", "other.js"] },
      functions: { echo: ZIP, other: { handler: "other.handler" } },
    });
    const { EchoLambdaFunction: file = "" } = packagesOf(service);
    assert.equal(digestOf(file), digestOf(join(folder, ".tricast/echo/aws-lambda-x64/function.zip")));
    assert.equal(new Set(Object.values(packagesOf(service))).size, 2);
  });

  it("are one for each function of a folder, with its own settings", async () => {
    const first = { ...ZIP, environment: { WHO: "first" }, memorySize: 512 };
    const second = { ...ZIP, environment: { WHO: "second" }, architecture: "arm64" };
    const { resources, ...service } = await compile(folder, { provider: PROVIDER, functions: { first, second } });
    const files = packagesOf({ resources, ...service });
    assert.notEqual(files.FirstLambdaFunction, files.SecondLambdaFunction);
    const [one, two] = [resources.FirstLambdaFunction?.Properties, resources.SecondLambdaFunction?.Properties];
    assert.deepEqual([one?.Environment.Variables.WHO, one?.MemorySize, one?.Architectures], ["first", 512, ["x86_64"]]);
    assert.deepEqual(
      [two?.Environment.Variables.WHO, two?.MemorySize, two?.Architectures],
      ["second", 1024, ["arm64"]],
    );
  });

  it("are shared by functions of a folder in serverless-offline, unless they read different stores", async () => {
    const stored = { ...ZIP, tricast: { packaging: "zip", model: "s3://models/echo@prod" } };
    const functions = { first: { ...ZIP }, stored, second: { ...ZIP } };
    const prepared = await prepareOffline(folder, { provider: PROVIDER, functions });
    const [one, other, two] = [prepared.first, prepared.stored, prepared.second].map(
      (fn) => fn?.package?.artifact ?? "",
    );
    assert.equal(one, two);
    assert.notEqual(one, other);
    for (const file of [one, other]) assert.ok(existsSync(file ?? ""), `${file} exists`);
  });
});

describe("a second deployment", () => {
  const document = (iris: object = {}) => ({
    provider: PROVIDER,
    functions: { iris: { image: IMAGE, tricast: {}, ...iris }, digits: { image: IMAGE, tricast: {} } },
  });

  it("changes nothing where nothing changed", async () => {
    const timeless = ({ resources }: CompiledService) =>
      JSON.stringify(resources).replaceAll(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
    const functions = { echo: ZIP, iris: { image: IMAGE, tricast: {}, events: [{ httpApi: "POST /iris/predict" }] } };
    const first = await compile(folder, { provider: PROVIDER, functions });
    assert.equal(timeless(await compile(folder, { provider: PROVIDER, functions })), timeless(first));
  });

  for (const change of [
    { memorySize: 2048 },
    { timeout: 7 },
    { environment: { A: "1" } },
    { ephemeralStorageSize: 2048 },
    { description: "Own description" },
    { tricast: { memoryMb: 2048 } },
    { tricast: { secrets: { TOKEN: { ssm: "/iris/token" } } } },
    { tricast: { model: "s3://models/iris@prod" } },
  ]) {
    it(`publishes a version of the function that changed, and of no other: ${JSON.stringify(change)}`, async () => {
      const [before, after] = [await compile(folder, document()), await compile(folder, document(change))];
      assert.notEqual(versionOf(after, "Iris"), versionOf(before, "Iris"));
      assert.equal(versionOf(after, "Digits"), versionOf(before, "Digits"));
      const alias = after.resources.IrisLambdaAlias?.Properties.FunctionVersion;
      assert.deepEqual(alias, { "Fn::GetAtt": [versionOf(after, "Iris"), "Version"] });
    });
  }

  for (const change of [
    { tricast: { alarms: { p99Ms: 500 } } },
    { tricast: { ping: { every: "5 minutes" } } },
    { tricast: { endpoint: { auth: "iam" } } },
    { provisionedConcurrency: 2 },
  ]) {
    it(`keeps the version where the function itself stays: ${JSON.stringify(change)}`, async () => {
      const [before, after] = [await compile(folder, document()), await compile(folder, document(change))];
      assert.notDeepEqual(after.resources, before.resources);
      assert.equal(versionOf(after, "Iris"), versionOf(before, "Iris"));
    });
  }
});

describe("serverless deploy function", () => {
  it("is refused for a predictor, whose artefact it would replace with sources", async () => {
    const deploy = compile(
      folder,
      { provider: PROVIDER, functions: { echo: ZIP } },
      { commands: ["deploy", "function"], options: { function: "echo" } },
    );
    await assert.rejects(deploy, /would replace the artefact of echo with its sources; run: serverless deploy/);
  });
});
