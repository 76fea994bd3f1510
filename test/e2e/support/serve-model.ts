// Serves the model at an address through one platform's adapter; each line on standard input is one request, whose
// status, version and label are printed. Ends when it is killed: instances do not close by themselves.
import { createInterface } from "node:readline";
import { definePredictor } from "@tricast/core";
import { type OnnxStoreOptions, onnx } from "@tricast/onnx";
import { HOSTS } from "../../contract/hosts.ts";
import { valuesOf } from "../../events/event-source.ts";

const [platform, uri, options] = process.argv.slice(2) as [string, string, string];
process.env.TRICAST_LOG_LEVEL = "error";

const host = HOSTS.find((candidate) => candidate.platform.name === platform);
if (host === undefined) throw new Error(`no host for ${platform}`);
const model = onnx(uri, { store: JSON.parse(options) as OnnxStoreOptions });
const running = await host.start(definePredictor({ name: "contract", model }), {});

for await (const _line of createInterface({ input: process.stdin })) {
  const { status, headers, body } = await running.send({
    method: "POST",
    target: "/predict",
    headers: [["content-type", "application/json"]],
    body: Buffer.from('{"features":[[5.1,3.5,1.4,0.2]]}'),
  });
  const [version] = valuesOf(headers, "x-tricast-model-version");
  const { label } = JSON.parse(Buffer.from(body).toString("utf8")) as { label?: string[] };
  console.log(JSON.stringify({ status, version, label: label?.[0] }));
}
