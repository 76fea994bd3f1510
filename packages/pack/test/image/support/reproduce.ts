// Builds one image into ./out, as a child process under conditions that the test chooses.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage } from "../../../src/image/build-image.ts";
import { serverSettings } from "../../../src/image/image-options.ts";
import { exampleGroups } from "./groups.ts";

const isSecond = process.argv[2] === "1";
const input = isSecond ? "somewhere else" : "input";
mkdirSync(input);
writeFileSync(join(input, "weights"), Buffer.alloc(3_000_000, "weights"));
const weights = { path: "models/weights", content: { from: join(input, "weights") }, origin: "test" };

function groups(arch: "x64" | "arm64") {
  const ordered = exampleGroups(arch).map((group) =>
    group.name === "model" ? { ...group, files: [...group.files, weights] } : group,
  );
  if (!isSecond) return ordered;
  return ordered.toReversed().map((group) => ({ ...group, files: group.files.toReversed() }));
}

await buildImage({
  base: "scratch",
  groups: isSecond ? { arm64: groups("arm64"), x64: groups("x64") } : { x64: groups("x64"), arm64: groups("arm64") },
  settings: serverSettings({ entrypoint: ["/node"], labels: isSecond ? { I: "1", i: "2" } : { i: "2", I: "1" } }),
  out: [
    { kind: "oci-layout", path: "out/layout", tag: "v1" },
    { kind: "docker-archive", path: "out/image.tar", tag: "v1", arch: "arm64" },
  ],
});
