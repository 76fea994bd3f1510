import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { renderDockerfile, stageDockerContext } from "../../src/image/dockerfile.ts";
import { lambdaSettings, serverSettings } from "../../src/image/image-options.ts";
import { exampleGroups, group } from "./support/groups.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const BASE = "docker.io/library/node:24-slim";

test("a Dockerfile for a server copies the groups in the order of layers and sets what our image sets", () => {
  const settings = serverSettings({
    entrypoint: ["node", "index.cjs"],
    labels: { "org.example.team": 'a "b" $c' },
    env: { GREETING: "a\\b $HOME" },
  });
  const text = renderDockerfile({ base: BASE, groups: { x64: exampleGroups("x64") }, settings });
  assert.equal(
    text,
    `# Made by tricast from the same files as its own image: same content, same settings.
# Build it in this folder: docker build --tag NAME .
ARG BASE=docker.io/library/node:24-slim
FROM \${BASE}

# The groups that change least come first.
COPY --chown=0:0 runtime/ /app/
COPY --chown=0:0 model/ /app/
COPY --chown=0:0 dependencies/ /app/
COPY --chown=0:0 handler/ /app/

WORKDIR /app
ENV NODE_ENV="production"
ENV MALLOC_ARENA_MAX="2"
ENV PORT="8080"
ENV GREETING="a\\\\b \\$HOME"
LABEL "org.example.team"="a \\"b\\" \\$c"
EXPOSE 8080
HEALTHCHECK NONE
USER 65532:65532
ENTRYPOINT ["node","index.cjs"]
`,
  );
});

test("a Dockerfile for Lambda leaves user and entrypoint to the base", () => {
  const settings = lambdaSettings({ handler: "index.handler" });
  const text = renderDockerfile({ base: BASE, groups: { arm64: [group("handler", { a: "1" })] }, settings });
  assert.match(text, /^COPY --chown=0:0 handler\/ \/var\/task\/$/m);
  assert.match(text, /^CMD \["index.handler"\]$/m);
  assert.doesNotMatch(text, /^(USER|ENTRYPOINT|EXPOSE|ARG TARGETARCH)/m);
});

test("with two architectures the files are copied by TARGETARCH, from a context of the same shape", async (t) => {
  const groups = { x64: exampleGroups("x64"), arm64: [group("handler", { "index.cjs": "arm" })] };
  const text = renderDockerfile({ base: BASE, groups, settings: serverSettings({}) });
  assert.match(text, /^ARG TARGETARCH$/m);
  assert.match(text, /^COPY --chown=0:0 \$TARGETARCH\/model\/ \/app\/$/m);
  const folder = await temporaryFolder(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await stageDockerContext(groups, folder);
  assert.deepEqual((await readdir(join(folder, "amd64"))).sort(), ["dependencies", "handler", "model", "runtime"]);
  assert.deepEqual((await readdir(join(folder, "arm64"))).sort(), ["dependencies", "handler", "model", "runtime"]);
  assert.equal(await readFile(join(folder, "arm64/handler/index.cjs"), "utf8"), "arm");
  assert.equal((await stat(join(folder, "amd64/handler/bin/start"))).mode & 0o777, 0o755);
  assert.equal((await stat(join(folder, "amd64/handler/index.cjs"))).mode & 0o777, 0o644);
  assert.equal((await stat(join(folder, "amd64/handler/bin"))).mode & 0o777, 0o755);
});

test("a line break in a value cannot be written and is refused", () => {
  const settings = serverSettings({ env: { A: "1\nRUN rm -rf /" } });
  assert.throws(() => renderDockerfile({ base: BASE, groups: { x64: exampleGroups() }, settings }), {
    code: "invalid-option",
    message: /line break/,
  });
});
