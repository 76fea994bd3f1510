import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BuildOptions } from "@tricast/pack";
import { writeElf } from "./support/elf-writer.ts";
import { scratch, writeFiles } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { AZURE, HANDLER, PREDICT, TestProject } from "./support/project.ts";

const folder = scratch();
let made = 0;

function project(files: Readonly<Record<string, string | Uint8Array>> = {}): TestProject {
  return new TestProject(join(folder, String(made++)), files);
}

/** One clear error, and nothing left of the build. */
async function refuses(
  one: TestProject,
  code: string,
  message: RegExp,
  options: Partial<BuildOptions> = {},
): Promise<void> {
  await assert.rejects(one.build(options), (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(one.left(), []);
}

const ONNX = `
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
export default definePredictor({ name: "probe", model: onnx("model.onnx"), predict: () => 1 });
`;

describe("a build that cannot work", () => {
  it("names a predictor like the one that is not there", () =>
    refuses(project(), "invalid-option", /predictor "prob" does not exist; did you mean "probe"\?/, {
      predictor: "prob",
    }));

  it("shows what a missing handler file would have in it", () =>
    refuses(project(), "missing-export", /no azure-functions\.ts, .*azureFunctions\(predictor\)/, {
      targets: ["azure-functions"],
    }));

  it("misses the export that Lambda looks for", () =>
    refuses(
      project({ "aws-lambda.ts": HANDLER.replace("const handler", "const handle") }),
      "missing-export",
      /aws-lambda\.ts \(index\.js in the artefact\) has no export "handler"; write: .*export const handler/,
    ));

  it("misses the registration that Azure looks for", () =>
    refuses(project({ "azure-functions.ts": 'import "./predict.ts";' }), "missing-export", /registers no function/, {
      targets: ["azure-functions"],
    }));

  it("misses the extension bundle that a trigger needs", async () => {
    const queue = AZURE.replaceAll("azureFunctions", "azureFunctionsEvent").replace(
      "(predictor)",
      '(predictor, { trigger: "storageQueue", queueName: "flowers", connection: "AzureWebJobsStorage" })',
    );
    const targets = ["azure-functions"] as const;
    await refuses(
      project({ "azure-functions.ts": queue }),
      "bundle-failed",
      /probe-storageQueue has a queueTrigger, .* put host\.json in the project with \{"version":"2\.0","extensionBundle"/,
      { targets },
    );
    const extensionBundle = { id: "Microsoft.Azure.Functions.ExtensionBundle", version: "[4.*, 5.0.0)" };
    const host = JSON.stringify({ version: "2.0", extensionBundle });
    assert.equal((await project({ "azure-functions.ts": queue, "host.json": host }).build({ targets })).length, 1);
  });

  it("misses the server that a container starts", () =>
    refuses(
      project({ "server.ts": 'import "./predict.ts";' }),
      "missing-export",
      /server\.ts .*starts no server; write: .*serve/,
      {
        targets: ["container"],
      },
    ));

  it("asks for the server's package where the project has neither it nor a server", () => {
    const one = project();
    rmSync(join(one.root, "node_modules/@tricast"));
    mkdirSync(join(one.root, "node_modules/@tricast"));
    for (const name of ["core", "aws-lambda"])
      symlinkSync(join(REPOSITORY, "packages", name), join(one.root, "node_modules/@tricast", name));
    return refuses(
      one,
      "missing-dependency",
      /@tricast\/server, which the entry of container imports, is not installed in .*npm install/,
      {
        targets: ["container"],
      },
    );
  });

  it("refuses a handler that Lambda's runtime client would refuse", () =>
    refuses(
      project({ "aws-lambda.ts": "export const handler = (event, context, callback) => callback(null, 1);" }),
      "bundle-failed",
      /handler declares 3 parameters; Lambda on Node 24 refuses more than 2/,
    ));

  it("misses the predictor", () =>
    refuses(
      project({ "predict.ts": "export default 1;" }),
      "missing-export",
      /predict\.ts has no predictor as its default export/,
    ));

  it("hears why the predictor's file does not load", () =>
    refuses(
      project({ "predict.ts": `${PREDICT}\nthrow new RangeError("on purpose");` }),
      "bundle-failed",
      /predict\.ts does not load: RangeError: on purpose/,
    ));

  it("hears the bundler, with file and line", () =>
    refuses(
      project({ "aws-lambda.ts": `import "not-installed-anywhere";\n${HANDLER}` }),
      "bundle-failed",
      /handlers\/probe\/aws-lambda\.ts:1:7: Could not resolve "not-installed-anywhere"/,
    ));

  it("hears of a file that is not in the artefact", () =>
    refuses(
      project({
        "aws-lambda.ts": `import { readFileSync } from "node:fs";\nreadFileSync(new URL("./labels.json", import.meta.url));\n${HANDLER}`,
        "labels.json": "[]",
      }),
      "bundle-failed",
      /ENOENT.*labels\.json/,
    ));

  it("hears of a require that an ES module cannot have", async () => {
    // A bundler of an earlier step left its own shim in a file that calls itself an ES module.
    const shim = `const ask = (name) => { throw Error('Dynamic require of "' + name + '" is not supported'); };\nask("fs");\n`;
    await refuses(
      project({ "aws-lambda.ts": shim + HANDLER }),
      "bundle-failed",
      /Dynamic require of "fs" is not supported\s+.*--format cjs/,
      {
        format: "esm",
      },
    );
  });

  it("lists the places where the model is not", () =>
    refuses(
      project({ "predict.ts": ONNX }),
      "model-not-found",
      /"model\.onnx", and no model is there\. Tried .*handlers\/probe\/model\.onnx, which does not exist; .*model\.onnx/,
    ));

  it("refuses a model file that is not ONNX", () =>
    refuses(project({ "predict.ts": ONNX, "model.onnx": "<html>" }), "model-invalid", /model\.onnx/));

  it("refuses a model outside of the predictor's folder", () =>
    refuses(
      project({ "predict.ts": ONNX.replace("model.onnx", "../../model.onnx") }),
      "invalid-option",
      /"\.\.\/\.\.\/model\.onnx", which leads out of the predictor's folder/,
    ));

  it("knows which target runs on which processor", () =>
    refuses(
      project({ "azure-functions.ts": AZURE }),
      "wrong-architecture",
      /azure-functions cannot be built for arm64: Azure Functions runs x64 only/,
      {
        targets: ["azure-functions"],
        archs: ["arm64"],
      },
    ));

  it("knows which target takes which format", () =>
    refuses(
      project({ "azure-functions.ts": AZURE }),
      "invalid-option",
      /azure-functions takes "cjs" only: only require finds/,
      {
        targets: ["azure-functions"],
        format: "esm",
      },
    ));

  it("refuses an option that does not exist", () =>
    refuses(project(), "invalid-option", /build has no option "arch"; did you mean "archs"\?/, {
      arch: "x64",
    } as object));

  it("refuses a pattern that matches nothing", () =>
    refuses(project(), "invalid-option", /include has "\*\.json", which matches no file/, { include: ["*.json"] }));
});

describe("an image target", () => {
  it("names a base that cannot be read", () =>
    refuses(project(), "image-base-unreadable", /no-such-base/, {
      targets: ["aws-lambda-image"],
      base: join(folder, "no-such-base"),
    }));

  it("refuses a base that starts no function", () =>
    refuses(project(), "missing-dependency", /no runtime client of Lambda.*public\.ecr\.aws\/lambda\/nodejs/, {
      targets: ["aws-lambda-image"],
      base: "scratch",
    }));
});

describe("a build over a budget", () => {
  it("counts the environment as Lambda does", () =>
    refuses(project(), "over-budget", /the environment of aws-lambda: 4\.\d kB, and the limit is 4\.1 kB/, {
      environment: { SECRET: "x".repeat(4_091) },
    }));
});

describe("native packages of somebody's own", () => {
  const files = (arch: string, machine: number) => ({
    [`prebuilds/linux-${arch}/addon.node`]: writeElf({ machine, needs: ["libc.so.6"] }),
  });
  const MODULE = {
    "package.json": JSON.stringify({ name: "addon", version: "1.0.0", dependencies: { helper: "*" } }),
    "index.js": "exports.native = true; require('helper');",
  };
  const USE = `import addon from "addon";\n${HANDLER}\nexport const native = addon;`;

  function withAddon(prebuilds: Readonly<Record<string, Uint8Array>>): TestProject {
    const one = project({ "aws-lambda.ts": USE });
    const extra = { "src/addon.cc": "int main;", "README.md": "#", "LICENSE.md": "MIT", "index.d.ts": "export {};" };
    writeFiles(join(one.root, "node_modules/addon"), { ...MODULE, ...prebuilds, ...extra });
    writeFiles(join(one.root, "node_modules/helper"), {
      "package.json": '{"name":"helper","version":"2.0.0"}',
      "index.js": "",
    });
    return one;
  }

  it("stay whole, with what they need and without other platforms, sources and documents", async () => {
    const others = {
      "prebuilds/darwin-x64/addon.node": Buffer.from("x"),
      "prebuilds/linux-x64-musl/addon.node": Buffer.from("x"),
      "prebuilds/win32-x64/addon.node": Buffer.from("MZ"),
    };
    const one = withAddon({ ...files("x64", 62), ...files("arm64", 183), ...others });
    const [result] = await one.build();
    const inside = result?.manifest.artefacts[0]?.files
      .filter(({ group }) => group === "dependencies")
      .map(({ path }) => path);
    assert.deepEqual(inside, [
      "node_modules/addon/LICENSE.md",
      "node_modules/addon/index.js",
      "node_modules/addon/package.json",
      "node_modules/addon/prebuilds/linux-x64/addon.node",
      "node_modules/helper/index.js",
      "node_modules/helper/package.json",
    ]);
    assert.match(result?.manifest.tried ?? "", process.arch === "x64" ? /^loaded/ : /^not loaded/);
    const [other] = await one.build({ archs: ["arm64"] });
    assert.ok(other?.manifest.artefacts[0]?.files.some(({ path }) => path.endsWith("linux-arm64/addon.node")));
  });

  it("are refused where they are not installed for the target", async () => {
    await refuses(
      withAddon(files("x64", 62)),
      "wrong-architecture",
      /addon@1\.0\.0 is not installed for AWS Lambda .* on arm64.*npm install --os=linux --cpu=arm64 --libc=glibc addon/,
      {
        archs: ["arm64"],
      },
    );
    await refuses(
      withAddon({ "build/Release/addon.node": writeElf({ machine: 183 }) }),
      "wrong-architecture",
      /addon@1\.0\.0\/build\/Release\/addon\.node cannot be loaded there: it is for arm64/,
    );
  });

  it("that come as one package per platform must be there for the target", async () => {
    const one = project({ "aws-lambda.ts": USE });
    const manifest = {
      name: "addon",
      version: "1.0.0",
      optionalDependencies: {
        "@addon/linux-x64": "1.0.0",
        "@addon/linux-arm64": "1.0.0",
        "@addon/darwin-arm64": "1.0.0",
      },
    };
    const platform = (name: string, os: string, cpu: string) =>
      JSON.stringify({ name, version: "1.0.0", os: [os], cpu: [cpu] });
    writeFiles(join(one.root, "node_modules/addon"), {
      "package.json": JSON.stringify(manifest),
      "index.js": "exports.a = 1;",
    });
    writeFiles(join(one.root, "node_modules/@addon/linux-x64"), {
      "package.json": platform("@addon/linux-x64", "linux", "x64"),
      "lib/a.node": writeElf({ machine: 62 }),
    });
    writeFiles(join(one.root, "node_modules/@addon/darwin-arm64"), {
      "package.json": platform("@addon/darwin-arm64", "darwin", "arm64"),
      "lib/a.node": "x",
    });
    await refuses(one, "wrong-architecture", /addon@1\.0\.0 is not installed for .* on arm64 \(@addon\/linux-arm64\)/, {
      archs: ["arm64"],
    });
    const [result] = await one.build();
    const paths = result?.manifest.artefacts[0]?.files.map(({ path }) => path) ?? [];
    assert.ok(
      paths.includes("node_modules/@addon/linux-x64/lib/a.node") && !paths.some((path) => path.includes("darwin")),
    );
  });

  it("and addons named by their path are put beside the bundle", async () => {
    const one = project({
      "aws-lambda.ts": `const load = () => require("./addons/own.node");\n${HANDLER}\nexport { load };`,
    });
    mkdirSync(join(one.root, "handlers/probe/addons"));
    writeFileSync(join(one.root, "handlers/probe/addons/own.node"), writeElf({ machine: 62 }));
    const [result] = await one.build();
    assert.ok(result?.manifest.artefacts[0]?.files.some(({ path }) => /^native\/[0-9a-f]{8}\/own\.node$/.test(path)));
    await assert.rejects(one.build({ archs: ["arm64"] }), { code: "wrong-architecture" });
  });
});
