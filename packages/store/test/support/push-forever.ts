// Pushes one model after the other into the folder given, until it is killed. Says "pushing" before the first.
import { openStore } from "@tricast/store";
import { promote } from "@tricast/store/publishing";
import { push } from "./push-onnx.ts";

const [folder = "", model = ""] = process.argv.slice(2);
const store = await openStore(folder);
process.stdout.write("pushing\n");
for (let index = 0; index < 1000; index++) {
  const { manifest } = await push(store, "iris", model, { labels: { index: String(index) } });
  await promote(store, "iris", "prod", manifest.version);
}
