// Pushes one model after the other into the folder given, until it is killed. Says "pushing" before the first.
// With a number of files, it stops when that many of the first version are uploaded.
import { openStore } from "@tricast/store";
import { promote } from "@tricast/store/publishing";
import { push } from "./push-onnx.ts";

const [folder = "", model = "", stopAfter] = process.argv.slice(2);
const store = await openStore(folder);
let uploaded = 0;

/** Called before each file. */
function onUpload(): void {
  if (uploaded++ !== Number(stopAfter)) return;
  process.stdout.write("stopped\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

if (stopAfter === undefined) process.stdout.write("pushing\n");
for (let index = 0; index < 1000; index++) {
  const { manifest } = await push(store, "iris", model, { labels: { index: String(index) }, onUpload });
  await promote(store, "iris", "prod", manifest.version);
}
