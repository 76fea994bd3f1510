import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { HOSTS } from "../hosts.ts";
import type { AttackedReport } from "./attacked-host.ts";

const PROGRAM = join(import.meta.dirname, "attacked-host.ts");
const IRIS = join(import.meta.dirname, "..", "..", "..", "handlers", "iris", "iris.onnx");
const MOST_MEMORY = 512_000_000;
const HEAP_MB = 256;

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
    const flags = [`--max-old-space-size=${HEAP_MB}`, "--conditions=@tricast/source", PROGRAM, name];
    const env = { ...process.env, TRICAST_MODEL_IRIS: IRIS, TRICAST_LOG_LEVEL: "error" };
    const { stdout } = await promisify(execFile)(process.execPath, flags, { env, maxBuffer: 1e8 });
    const report = JSON.parse(/^REPORT (.*)$/m.exec(stdout)?.[1] ?? "{}") as AttackedReport;
    for (const [predictor, answers] of Object.entries(report.answers)) {
      const refused = [422, predictor === "iris" ? 5 : 100];
      assert.deepEqual(answers, [refused, refused, [refused, refused, refused], 200], predictor);
    }
    assert.deepEqual(Object.keys(report.answers), ["iris", "valibot", "zod", "arktype"]);
    assert.ok(report.peakBytes <= MOST_MEMORY, `${report.peakBytes} bytes`);
    if (process.env.SHOW_PEAKS !== undefined)
      console.log(`${platform.name}: peak ${Math.round(report.peakBytes / 1e6)} MB`);
  });
}
