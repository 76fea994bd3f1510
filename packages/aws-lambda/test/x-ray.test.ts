import assert from "node:assert/strict";
import { test } from "node:test";
import { type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import { functionUrl } from "../../../test/events/aws/function-url.ts";
import { fromXRayHeader } from "../src/x-ray.ts";

const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";
const PARENT = "Parent=53995c3f42cd8ad8";
const TRACE = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8";

test("the parts of X-Ray's header become a trace context, in any order", () => {
  const parts = [
    ROOT,
    PARENT,
    "Sampled=1",
    "Lineage=a87bd80c:0|68fd508a:5|c512fbe3:2",
    "Self=1-67891234-12456789abcdef012345678",
  ];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(parts, { minLength: parts.length }),
      fc.constantFrom(";", "; "),
      (shuffled, separator) => {
        assert.equal(fromXRayHeader(shuffled.join(separator)), `${TRACE}-01`);
      },
    ),
  );
  for (const sampled of ["Sampled=0", "Sampled=?", "Sampled=10", ""])
    assert.equal(fromXRayHeader([ROOT, PARENT, sampled].join(";")), `${TRACE}-00`, sampled);
  assert.equal(
    fromXRayHeader(`${ROOT};${PARENT};Sampled=1`.toUpperCase().replace("SAMPLED", "Sampled")),
    `${TRACE}-01`,
  );
});

test("a header without a trace and its parent has no trace context", () => {
  const none = `Root=1-00000000-${"0".repeat(24)}`;
  const headers = [
    undefined,
    "",
    ROOT,
    PARENT,
    `${ROOT};Parent=53995c3f42cd8ad`,
    `${ROOT}0;${PARENT}`,
    `X${ROOT};${PARENT}`,
  ];
  for (const header of [...headers, `${none};${PARENT}`, `${ROOT};Parent=${"0".repeat(16)}`, `${TRACE}-01`])
    assert.equal(fromXRayHeader(header), undefined, header);
});

test("predict sees the client's trace context, else X-Ray's of Lambda, else X-Ray's of the request", async (t) => {
  const seen: (string | undefined)[] = [];
  const handler = lambda(
    definePredictor({ name: "a", predict: (_input, { invocation }) => seen.push(invocation.traceparent) }),
  );
  const ask = (headers: readonly (readonly [string, string])[], xRayTraceId?: string) => {
    const event = functionUrl.build({ method: "POST", target: "/predict", headers, body: Buffer.from("1") });
    return handler(event, { awsRequestId: "id", xRayTraceId } as unknown as LambdaContext);
  };
  const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const ofClient = ["x-amzn-trace-id", `${ROOT};Parent=1111111111111111;Sampled=1`] as const;
  await ask([["traceparent", own], ofClient], `${ROOT};${PARENT};Sampled=1`);
  await ask([ofClient], `${ROOT};${PARENT};Sampled=1`);
  await ask([ofClient]);
  await ask([]);
  t.after(() => delete process.env._X_AMZN_TRACE_ID);
  process.env._X_AMZN_TRACE_ID = `${ROOT};${PARENT};Sampled=0`;
  await ask([ofClient]);
  assert.deepEqual(seen, [own, `${TRACE}-01`, `${TRACE.slice(0, 36)}1111111111111111-01`, undefined, `${TRACE}-00`]);
});
