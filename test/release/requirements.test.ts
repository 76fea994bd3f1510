import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isInChangelog, workspaceVersion } from "../../scripts/check/versions.ts";
import { readReleaseState, requirementsOf } from "../../scripts/publish/requirements.ts";

const version = workspaceVersion();

describe("a release", () => {
  let repository: string;

  beforeEach(() => {
    repository = mkdtempSync(join(tmpdir(), "tricast release "));
    git("init", "--quiet");
    writeFileSync(join(repository, "a.txt"), "a");
    commit();
  });
  afterEach(() => rmSync(repository, { recursive: true }));

  function git(...args: string[]): string {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "tag.gpgSign=false"];
    return execFileSync("git", [...identity, ...args], { cwd: repository, encoding: "utf8" });
  }

  function commit(): void {
    git("add", ".");
    git("commit", "--quiet", "--no-gpg-sign", "--message", "a");
  }

  /** What is in the way of a release from the repository, with npm logged in. */
  function faults({ changelog = `## ${version} - 2026-01-31\n`, loggedIn = true, env = {} } = {}): string[] {
    const npm = (what: string | undefined) => (what === "whoami" && !loggedIn ? undefined : "an answer of npm\n");
    const ask = (command: string, ...args: string[]) => (command === "git" ? git(...args) : npm(args[0]));
    return requirementsOf(readReleaseState(ask, changelog, env)).flatMap(({ fault }) => fault ?? []);
  }

  it("goes ahead from a clean, tagged commit with a section in the changelog", () => {
    git("tag", `v${version}`);
    assert.deepEqual(faults(), []);
  });

  it("is refused while changes are not committed, and names the files", () => {
    git("tag", `v${version}`);
    writeFileSync(join(repository, "a.txt"), "b");
    writeFileSync(join(repository, "new.txt"), "c");
    assert.deepEqual(faults(), ["changed: a.txt, new.txt; commit or remove them"]);
  });

  it("is refused without a tag, with that of another version, and behind the tagged commit", () => {
    assert.deepEqual(faults(), [`it does not have a tag; run "git tag v${version}"`]);
    git("tag", "v99.0.0");
    assert.match(String(faults()), /^it has v99\.0\.0; check out the commit of v/);
    git("tag", `v${version}`);
    writeFileSync(join(repository, "a.txt"), "b");
    commit();
    assert.deepEqual(faults(), [`it does not have a tag; run "git tag v${version}"`]);
  });

  it("is refused without a section of its version in the changelog", () => {
    git("tag", `v${version}`);
    for (const changelog of ["", "## Unreleased\n", `## ${version}0\n`, `### ${version}\n`]) {
      assert.match(String(faults({ changelog })), /rename "Unreleased"/);
    }
    for (const changelog of [`## ${version}\n`, `## [${version}] - 2026-01-31\n`]) {
      assert.deepEqual(faults({ changelog }), []);
      assert.ok(isInChangelog(version, changelog));
    }
  });

  it("is refused where npm is not logged in, unless the CI system vouches for it", () => {
    git("tag", `v${version}`);
    assert.deepEqual(faults({ loggedIn: false }), ['npm is not logged in; run "npm login"']);
    assert.deepEqual(faults({ loggedIn: false, env: { ACTIONS_ID_TOKEN_REQUEST_URL: "https://example.org" } }), []);
  });
});
