import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { startS3Server } from "../../../../../test/support/stores/s3-server.ts";
import type { TestServer } from "../../../../../test/support/stores/test-server.ts";
import { withEnv } from "../../../../../test/support/stores/with-env.ts";
import type { ObjectStore } from "../../../src/object-store.ts";
import { openStore } from "../../../src/open-store.ts";
import { testDriver } from "../test-driver.ts";

let server: TestServer;
let store: ObjectStore;
let folder: string;

/** Region and keys stand in a profile, which only the SDK reads. */
const open = (uri: string) =>
  withEnv(
    {
      AWS_ENDPOINT_URL_S3: server.address,
      AWS_PROFILE: "models",
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    },
    async () => {
      const opened = await openStore(uri);
      // The SDK looks for credentials at the first request.
      await opened.head("warm").catch(() => {});
      return opened;
    },
  );

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tricast-profile-"));
  await writeFile(join(folder, "config"), "[profile models]\nregion = us-east-1\n");
  const keys = "aws_access_key_id = S3RVER\naws_secret_access_key = S3RVER\n";
  await writeFile(join(folder, "credentials"), `[models]\n${keys}`);
  server = await startS3Server();
  store = await open(server.uri);
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

testDriver({ store: () => store, noBucket: () => open("s3://absent/store") });
