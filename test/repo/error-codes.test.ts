import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ERRORS } from "@tricast/core/adapter";
import { readText, repositoryFiles } from "../../scripts/check/repository.ts";

const CODES = Object.keys(ERRORS);
const reference = readText("docs/reference/errors.md") ?? "";
const sources = repositoryFiles().filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file));

describe("error codes", () => {
  it("are all described in the reference, and nothing else is", () => {
    const described = [...reference.matchAll(/^### (\S+)$/gm)].map((match) => match[1]);
    assert.deepEqual(described.sort(), CODES.sort());
  });

  it("are in the reference with their own status", () => {
    for (const [code, { status }] of Object.entries(ERRORS)) {
      assert.ok(reference.includes(`### ${code}\n\n**${status}** `), code);
    }
  });

  it("named in @throws comments exist", () => {
    const named = sources.flatMap((file) => throwsComments(readText(file) ?? "").map((code) => ({ file, code })));
    assert.ok(named.length > 10, "the pattern finds the comments");
    assert.deepEqual(
      named.filter(({ code }) => !CODES.includes(code)),
      [],
    );
  });

  it("are words with dashes, and client errors are those below 500", () => {
    for (const [code, { status, expose }] of Object.entries(ERRORS)) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      if (status < 500) assert.ok(expose, `${code}: the client can only correct what it may read`);
    }
  });
});

/** Codes in backticks that open a `@throws {TricastError}` text, such as `invalid-option` or `a`, `b` or `c`. */
function throwsComments(source: string): string[] {
  const texts = [...source.matchAll(/@throws \{TricastError\} ([^@]*?)(?=\*\/|@)/gs)].map(
    (match) => match[1] as string,
  );
  return texts.flatMap((text) => [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map((match) => match[1] as string));
}
