import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { executeCurl, parseCurl } from "./support/curl.ts";
import { checkCommand, commandLines, splitWords } from "./support/shell-lines.ts";

describe("commands in documents", () => {
  const good = [
    "npm start",
    "npm start -- --once --predictor digits",
    "npm test -- test/repo/*.test.ts",
    "npm run test:all -- --only-long test/repo",
    "npm run test:soak -- --fraction 0.1 --seed 7",
    "npm run check -- types lint # and no more",
    "npm run gen -- --check",
    "npm run bench",
    "npm install @tricast/core valibot",
    "ONNXRUNTIME_NODE_INSTALL=skip npm install @tricast/onnx",
    "cd handlers/iris",
  ];
  const bad: Readonly<Record<string, RegExp>> = {
    "npm run nothing": /no script "nothing"/,
    "npm start --once": /keeps "--once" for itself/,
    "npm start -- --twice": /knows no --twice/,
    "npm run check -- typos": /knows no typos/,
    "npm test -- no/such.test.ts": /knows no no\/such\.test\.ts/,
    "npm install left-pad-of-nobody": /neither ours nor installed/,
    "npm install @tricast/onnx": /ONNXRUNTIME_NODE_INSTALL=skip/,
    "npm publish": /not a command/,
    "cd no-such-folder": /does not exist/,
    "rm -rf build": /no test knows/,
    "python3 setup.py": /only -m venv/,
    ".venv/bin/python scripts/train/nothing.py": /there is no/,
  };
  for (const line of good) it(`may show: ${line}`, () => assert.equal(checkCommand(line), undefined));
  for (const [line, why] of Object.entries(bad))
    it(`may not show: ${line}`, () => assert.match(checkCommand(line) ?? "", why));

  it("are split as a shell does, with continued lines joined", () => {
    assert.deepEqual(splitWords(`a 'b c' "d \\"e" f"g h"i x#y # z`), ["a", "b c", 'd "e', "fg hi", "x#y"]);
    assert.deepEqual(commandLines("a \\\n  b\n# c\n\nd\n"), ["a b", "d"]);
  });
});

describe("curl in documents", () => {
  it("is read as curl reads it", () => {
    const { url, request } = parseCurl(`curl -s http://localhost:1/iris/predict?a=1 -H 'X-A: b:c' -d '{"a": 1}'`);
    assert.equal(url.host, "localhost:1");
    assert.deepEqual(request, {
      method: "POST",
      path: "/iris/predict",
      query: "a=1",
      headers: { "x-a": "b:c", "content-type": "application/x-www-form-urlencoded" },
      body: '{"a": 1}',
    });
    assert.equal(parseCurl("curl http://localhost:1/health").request.method, "GET");
    assert.throws(() => parseCurl("curl --proxy x http://localhost:1"), /--proxy/);
  });

  it("is answered by the example predictor that its address names", async () => {
    const good = await executeCurl(`curl http://localhost:1/iris/predict --json '{"features": [5.1, 3.5, 1.4, 0.2]}'`);
    assert.equal(good.status, 200, good.body);
    assert.equal((JSON.parse(good.body) as { label: string }).label, "setosa");
    const bad = await executeCurl(`curl http://localhost:1/api/iris --json '{"features": [5.1]}'`);
    assert.equal(bad.status, 422, bad.body);
  });
});
