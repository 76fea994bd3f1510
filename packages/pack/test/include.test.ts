import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findSecret } from "../src/files/find-secret.ts";
import { includedFiles } from "../src/files/included-files.ts";
import { scratch, writeFiles } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { TestProject } from "./support/project.ts";

const scratchFolder = scratch();
let made = 0;

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(scratchFolder, String(made++), "probe");
  mkdirSync(folder, { recursive: true });
  writeFiles(folder, files);
  return folder;
}

const pathsOf = (globs: readonly string[], folder: string) =>
  includedFiles(globs, folder).files.map(({ path }) => path);

function refuses(globs: readonly string[], folder: string, message: RegExp): void {
  assert.throws(() => includedFiles(globs, folder), { code: "invalid-option", message });
}

describe("include", () => {
  it("selects files of the predictor's folder, each once, and links within the folder", () => {
    const folder = folderWith({ "labels.json": "[]", "data/a.txt": "", "..b.txt": "" });
    symlinkSync("data/a.txt", join(folder, "link.txt"));
    symlinkSync("data", join(folder, "other"));
    assert.deepEqual(pathsOf(["*.json", "labels.json", "**/*.txt", "other/*", "..b.txt"], folder), [
      "labels.json",
      "data/a.txt",
      "link.txt",
      "other/a.txt",
      "..b.txt",
    ]);
  });

  it("refuses links that lead out of the folder, at every depth, and broken ones", () => {
    const folder = folderWith({ "a.txt": "", "../secret/key.txt": "top" });
    symlinkSync("../secret/key.txt", join(folder, "file.txt"));
    symlinkSync(join(folder, "../secret"), join(folder, "all"));
    symlinkSync("all", join(folder, "twice"));
    symlinkSync("/etc/hostname", join(folder, "absolute"));
    symlinkSync("nowhere", join(folder, "broken"));
    refuses(
      ["*.txt"],
      folder,
      /include has "\*\.txt", which matches file\.txt, a symbolic link to .*key\.txt, outside of/,
    );
    refuses(["all/*"], folder, /which matches all\/key\.txt, below a symbolic link to .*secret\/key\.txt, outside of/);
    refuses(["all/**"], folder, /which matches all.*, outside of/);
    refuses(["twice/*"], folder, /which matches twice\/key\.txt, below a symbolic link/);
    refuses(["absolute"], folder, /a symbolic link to .*\/hostname, outside of .*; put the file itself there/);
    refuses(["broken"], folder, /a symbolic link to a file that does not exist/);
    assert.deepEqual(pathsOf(["a.txt"], folder), ["a.txt"]);
  });

  it("takes a folder that is itself found through a link", () => {
    const folder = folderWith({ "a.txt": "" });
    symlinkSync(folder, `${folder}-link`);
    assert.deepEqual(pathsOf(["*"], `${folder}-link`), ["a.txt"]);
  });

  it("refuses globs that lead out of the folder, and names the glob for a folder", () => {
    const folder = folderWith({ "data/a.txt": "", "../outside.txt": "" });
    for (const glob of ["../*", "x/../../outside.txt", join(folder, "../outside.txt"), "/etc/hostname"])
      refuses([glob], folder, /which leads out of .*; name files in that folder only/);
    refuses(["data"], folder, /"data", which matches no file in .*; write "data\/\*\*"/);
    refuses(["*.csv"], folder, /"\*\.csv", which matches no file in .*; correct or remove it/);
    assert.deepEqual(pathsOf([join(folder, "data/a.txt")], folder), ["data/a.txt"]);
  });

  it("may match a model, which is in the artefact anyway", async () => {
    const predict = `
      import { definePredictor } from "@tricast/core";
      import { onnx } from "@tricast/onnx";
      export default definePredictor({ name: "probe", model: onnx("model.onnx"), predict: () => 1 });
    `;
    const one = new TestProject(join(scratchFolder, "model"), { "predict.ts": predict });
    execFileSync("cp", [join(REPOSITORY, "handlers/iris/iris.onnx"), join(one.root, "handlers/probe/model.onnx")]);
    const [result] = await one.build({ include: ["*.onnx"], targets: ["aws-lambda-image"] });
    const files = result?.manifest.artefacts.flatMap(({ files }) => files) ?? [];
    assert.equal(files.filter(({ path }) => path === "model.onnx").length, 1);
  });
});

/** In parts, so that a search in this repository does not find them. */
const token = (...parts: readonly string[]) => parts.join("");
const body = (length: number) =>
  "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhJkLmNpQrStUvWxYz0123456789aBcDeF".repeat(2).slice(0, length);
const pem = (type: "pkcs1" | "pkcs8") =>
  generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type, format: "pem" }).toString();

describe("a warning of include", () => {
  const secretIn = (path: string, content: string | Uint8Array) =>
    findSecret(path, join(folderWith({ [path]: content }), path));

  it("names files that have secrets by their purpose", () => {
    const paths = [
      ".env",
      ".env.production",
      "config/.env.local",
      "prod.env",
      ".envrc",
      "id_rsa",
      ".ssh/id_ed25519",
      "server.p12",
      "android.keystore",
      ".netrc",
      ".git-credentials",
      ".aws/credentials",
      "credentials.json",
      "client_secret_123.json",
      "application_default_credentials.json",
      ".docker/config.json",
      ".kube/config",
      "secrets.yaml",
      "local.settings.json",
      "terraform.tfstate",
    ];
    for (const path of paths) assert.notEqual(secretIn(path, "A=1\n"), undefined, path);
  });

  it("names private keys and tokens with the line, and does not quote them", () => {
    const texts: Readonly<Record<string, string>> = {
      "key.pem": pem("pkcs8"),
      "server.key": pem("pkcs1"),
      "service.json": JSON.stringify({ type: "service_account", private_key: pem("pkcs8") }),
      "code.js": `const key = "-----BEGIN EC PRIVATE KEY-----\\n" +\n  "${body(64)}";`,
      "encrypted.txt": `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n${body(64)}`,
      "aws.txt": token("AKIA", "Q3EGX7ZK2M5P4RTA"),
      "github.txt": token("ghp_", body(36)),
      "github-fine.txt": token("github_pat_", body(82)),
      "gitlab.txt": token("glpat-", body(20)),
      "npm.txt": token("npm_", body(36)),
      ".npmrc": `//registry.npmjs.org/:_authToken=${body(20)}`,
      "hf.py": `login("${token("hf_", body(34))}")`,
      "anthropic.txt": token("sk-ant-", "api03-", body(60)),
      "openai.txt": token("sk-proj-", body(60)),
      "google.txt": token("AIza", body(35)),
      "azure.txt": `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${body(86)}==`,
      "slack.txt": token("xoxb-", "123456789012-", body(24)),
      "stripe.txt": token("sk_live_", body(24)),
      "late.txt": `${"one\n".repeat(100_000)}${token("ghp_", body(36))}`,
    };
    for (const [path, text] of Object.entries(texts)) {
      const found = secretIn(path, text);
      assert.match(found ?? `nothing in ${path}`, /^an? .* \(line \d+\)$/);
      assert.ok(!found?.includes(body(10)), path);
    }
    assert.match(secretIn("late.txt", texts["late.txt"] ?? "") ?? "", /\(line 100001\)/);
  });

  it("does not name what only looks like a secret", () => {
    const texts: Readonly<Record<string, string | Uint8Array>> = {
      ".env.example": "API_KEY=\nTOKEN=your-token",
      "sample.env": "A=1",
      "environment.json": "{}",
      "tokenizer.json": JSON.stringify({ vocab: { hf_: 1, ghp_: 2, sk: 3, AKIA: 4, secret: 5, password: 6 } }),
      "tokens.json": "[]",
      "special_tokens_map.json": '{"unk_token":"[UNK]"}',
      "cert.pem": `-----BEGIN CERTIFICATE-----\n${body(64)}\n-----END CERTIFICATE-----`,
      "public.pem": `-----BEGIN PUBLIC KEY-----\n${body(64)}\n-----END PUBLIC KEY-----`,
      "id_rsa.pub": "ssh-rsa AAAA",
      "guide.md": "Begin with -----BEGIN PRIVATE KEY----- and end with -----END PRIVATE KEY-----",
      "placeholder.md": `${token("ghp_", "x".repeat(36))} ${token("AKIA", "IOSFODNN7EXAMPLE")} hf_...`,
      "emulator.txt": `AccountKey=${token("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6", "tq/K1SZFPTOtr/KBHBeksoGMGw==")}`,
      ".npmrc": `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}\nsave-exact=true`,
      "config.ini": "db_password = prompted-at-start",
      "weights.bin": Buffer.concat([Buffer.alloc(16), Buffer.from(token("ghp_", body(36)))]),
      "empty.txt": "",
    };
    for (const [path, text] of Object.entries(texts)) assert.equal(secretIn(path, text), undefined, path);
  });

  it("does not name the files of this repository's examples and documents", () => {
    const list = execFileSync("git", ["ls-files", "handlers", "docs", "layers", "README.md"], { cwd: REPOSITORY });
    const files = list.toString().trim().split("\n");
    assert.ok(files.length > 20);
    for (const file of files) assert.equal(findSecret(file, join(REPOSITORY, file)), undefined, file);
  });

  it("is in the build's manifest, with the file and the fix", async () => {
    const one = new TestProject(join(scratchFolder, "warned"), { ".env": "TOKEN=1", "labels.json": "[]" });
    const warningsOf = async (include: readonly string[]) => (await one.build({ include }))[0]?.manifest.warnings;
    assert.deepEqual(await warningsOf(["*.json"]), []);
    const [warning = ""] = (await warningsOf([".*", "*.json"])) ?? [];
    assert.match(
      warning,
      /include has "\.\*", which matches \.env\. It looks like a file of environment variables, .* name the other files only/,
    );
  });
});
