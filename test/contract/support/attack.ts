import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { DENSE_BODIES } from "../../support/dense-bodies.ts";
import { HOSTS } from "../hosts.ts";
import type { AttackedReport } from "./attacked-host.ts";

const PROGRAM = join(import.meta.dirname, "attacked-host.ts");
const IRIS = join(import.meta.dirname, "..", "..", "..", "handlers", "iris", "iris.onnx");
const MOST_MEMORY = 512_000_000;
/** As Node sets V8's heap in 512 MB. */
const HEAP = ["--max-old-space-size=256", "--max-semi-space-size=1"];

/** The first of each platform. */
export const ATTACKED_HOSTS = HOSTS.filter(
  ({ platform }, index) => HOSTS.findIndex((host) => host.platform.name === platform.name) === index,
);
assert.deepEqual(ATTACKED_HOSTS.map(({ platform }) => platform.name).sort(), [
  "aws-lambda",
  "azure-functions",
  "cloud-functions",
  "own-server",
  "server",
]);

/** Defines the test of one host. */
export function testAttack({ name, platform }: (typeof HOSTS)[number]): void {
  test(`1.3 million bad elements in 4 MB end no instance of 512 MB, on ${platform.name}`, async () => {
    const report = await attack(name);
    for (const [predictor, answers] of Object.entries(report.answers)) {
      const refused = [422, predictor === "iris" ? 5 : 100];
      assert.deepEqual(answers, [refused, refused, [refused, refused, refused], 200], predictor);
    }
    assert.deepEqual(Object.keys(report.answers), ["iris", "valibot", "zod", "arktype"]);
    checkPeak(platform.name, report);
  });
}

/** Defines the test of one host with bodies that are dense. */
export function testDenseAttack({ name, platform }: (typeof HOSTS)[number]): void {
  test(`bodies of 33 MB, compressed to some KB, end no instance of 512 MB, on ${platform.name}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "dense-"));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const [title, make] of Object.entries(DENSE_BODIES)) writeFileSync(join(folder, title), gzipSync(make()));
    const report = await attack(name, folder);
    assert.deepEqual(Object.keys(report.answers), ["valibot"]);
    for (const [predictor, [statuses]] of Object.entries(report.answers)) {
      const { right, ...refused } = statuses as Record<string, number>;
      assert.equal(right, 200, predictor);
      assert.deepEqual(Object.keys(refused).sort(), Object.keys(DENSE_BODIES).sort());
      for (const [title, status] of Object.entries(refused))
        assert.ok([400, 413, 422].includes(status), `${predictor}, ${title}: ${status}`);
    }
    checkPeak(platform.name, report);
  });
}

/** With a folder of compressed bodies, sends these. */
async function attack(host: string, ...folder: readonly string[]): Promise<AttackedReport> {
  const flags = [...HEAP, "--conditions=@tricast/source", PROGRAM, host, ...folder];
  const env = { ...process.env, TRICAST_MODEL_IRIS: IRIS, TRICAST_LOG_LEVEL: "error" };
  const { stdout } = await promisify(execFile)(process.execPath, flags, { env, maxBuffer: 1e8 });
  return JSON.parse(/^REPORT (.*)$/m.exec(stdout)?.[1] ?? "{}") as AttackedReport;
}

function checkPeak(platform: string, { peakBytes }: AttackedReport): void {
  assert.ok(peakBytes <= MOST_MEMORY, `${peakBytes} bytes`);
  if (process.env.SHOW_PEAKS !== undefined) console.log(`${platform}: peak ${Math.round(peakBytes / 1e6)} MB`);
}
