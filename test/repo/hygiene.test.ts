import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readJson, readText, repositoryFiles } from "../../scripts/check/repository.ts";
import { codeOnly } from "../../scripts/check/scan-code.ts";

const files = repositoryFiles();
const code = files.filter((file) => /\.(ts|mjs|py)$/.test(file));
const typescript = files.filter((file) => file.endsWith(".ts"));

/** `file:line: text` of each line of `file` that matches. */
function linesMatching(file: string, pattern: RegExp, text = readText(file) ?? ""): string[] {
  return text
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

describe("repository", () => {
  it("is seen by these tests", () => {
    assert.ok(files.includes("packages/core/src/errors.ts") && files.includes("test/repo/hygiene.test.ts"));
  });

  it("names no folder of one machine", () => {
    // Azure's and Lambda's own folders of code are allowed: /home/site, /home/sbx_user1051.
    const pattern = /(?<![\w.~}-])\/(home\/(?!site\b|sbx_user)|Users\/|root\/|work\/)\w|[A-Z]:\\Users\\/;
    assert.deepEqual(
      files.filter((file) => file !== "test/repo/hygiene.test.ts").flatMap((file) => linesMatching(file, pattern)),
      [],
    );
  });

  it("names no package registry", () => {
    // Our code calls image registries; Docker Hub's host and made-up hosts do not belong to a machine.
    const pattern =
      /https?:\/\/(?!registry-1\.docker\.io|registry\.lan)[\w.-]*(registry|artifactory|nexus|verdaccio|npmjs\.org|pypi\.)[\w.-]*/i;
    assert.deepEqual(
      files.filter((file) => file !== "test/repo/hygiene.test.ts").flatMap((file) => linesMatching(file, pattern)),
      [],
    );
  });

  it("has a lock file that any registry serves", () => {
    const { packages } = readJson<{ packages: Record<string, { resolved?: string; link?: boolean }> }>(
      "package-lock.json",
    );
    const bound = Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    assert.deepEqual(bound, []);
  });

  it("has a lock file that npm ci accepts: with the optional packages of every platform", () => {
    const { packages } = readJson<{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }>(
      "package-lock.json",
    );
    const asked = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).map((name) => ({ path, name })),
    );
    assert.ok(asked.length > 20);
    assert.deepEqual(
      asked.filter(({ path, name }) => !isLocked(Object.keys(packages), path, name)),
      [],
    );
  });

  it("leaves no test out and no work undone", () => {
    const pattern =
      /\b(it|test|describe|suite)\s*\.\s*(only|skip|todo)\b|\b(only|skip|todo)\s*:\s*(true|["'])|\b[xf](it|describe)\s*\(/;
    const left = code
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => linesMatching(file, pattern, codeOnly(readText(file) ?? "")));
    const unfinished = new RegExp(`\\b(${["TO", "FIX"].map((a, i) => a + ["DO", "ME"][i]).join("|")}|X{3})\\b`);
    assert.deepEqual([...left, ...files.flatMap((file) => linesMatching(file, unfinished))], []);
  });

  it("names code files in kebab-case, and Python modules in snake_case", () => {
    const misnamed = code.filter((file) => {
      const name = file.slice(file.lastIndexOf("/") + 1);
      return !(name.endsWith(".py") ? /^[a-z][a-z0-9_]*\.py$/ : /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|mjs)$/).test(
        name,
      );
    });
    assert.deepEqual(misnamed, []);
  });

  it("uses `any` only where a comment says why", () => {
    const found = typescript.flatMap((file) => {
      const text = (readText(file) ?? "").split("\n");
      return codeOnly(readText(file) ?? "", { blankStrings: true })
        .split("\n")
        .flatMap((line, index) => {
          const isType = /(?:[:<|&=]|\b(?:as|extends))\s*any\b(?!\s*[=(.:])|[<,]\s*any\s*[,>]/.test(line);
          const justified = /biome-ignore lint\/suspicious\/noExplicitAny: \w+/.test(text[index - 1] ?? "");
          return isType && !justified ? [`${file}:${index + 1}: ${text[index]?.trim()}`] : [];
        });
    });
    assert.deepEqual(found, []);
  });

  it("silences a rule only with a reason", () => {
    const silenced = typescript.flatMap((file) =>
      linesMatching(file, /@ts-(ignore|nocheck)|@ts-expect-error\s*$|biome-ignore(?! [\w/]+: \w+ \w+)/),
    );
    assert.deepEqual(
      silenced.filter((line) => !line.startsWith("test/repo/hygiene.test.ts")),
      [],
    );
  });
});

/** Whether the lock file has a package for a name as `path` would find it: in its own folder, or above. */
function isLocked(paths: readonly string[], path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf("node_modules/")).replace(/\/$/, "")) {
    if (paths.includes(folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`)) return true;
    if (!folder.includes("node_modules/")) return paths.includes(`node_modules/${name}`);
  }
}
