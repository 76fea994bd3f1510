import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTricastError } from "@tricast/core";
import { type AdapterHost, testAdapter } from "@tricast/core/testing";
import { PLAIN, plainHost } from "./support/plain-host.ts";

const right = plainHost("right");

/** What is wrong with a host, and words of the error that says so. */
const WRONG: Readonly<Record<string, readonly [host: unknown, words: RegExp]>> = {
  "no object": [undefined, /host is undefined/],
  "an ability that does not exist": [{ ...right, stream: true }, /no option "stream"; did you mean "streams"\?/],
  "no name": [{ ...right, name: "" }, /host\.name is ""/],
  "no platform": [{ ...right, platform: undefined }, /platform is undefined/],
  "an unknown trait": [{ ...right, platform: { ...PLAIN, replyByte: 1 } }, /did you mean "replyBytes"\?/],
  "no start": [{ ...right, start: undefined }, /host\.start is undefined/],
  "a mount with a slash at its end": [{ ...right, mount: "/api/" }, /host\.mount is "\/api\/"/],
  "an unknown kind of pings": [{ ...right, pings: "HTTP" }, /host\.pings is "HTTP"/],
  "a deadline of no length": [{ ...right, deadline: { fixedMs: 0 } }, /host\.deadline is/],
  "a limit too small to be tested": [
    { ...right, platform: { ...PLAIN, replyBytes: 1_000 } },
    /platform\.replyBytes is 1000/,
  ],
  "an unknown difference": [{ ...right, differences: { cookies: {} } }, /host\.differences has no option "cookies"/],
  "a difference without a reason": [
    { ...right, differences: { query: { because: "", expect: (sent: string) => sent } } },
    /host\.differences\.query\.because is ""/,
  ],
};

describe("testAdapter refuses a host that is not described correctly", () => {
  for (const [what, [host, words]] of Object.entries(WRONG)) {
    it(what, () => {
      assert.throws(
        () => testAdapter(host as AdapterHost),
        (error) => isTricastError(error) && error.code === "invalid-option" && words.test(error.message),
      );
    });
  }
});
