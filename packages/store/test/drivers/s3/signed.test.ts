import { after, before } from "node:test";
import { startS3Server } from "../../../../../test/support/stores/s3-server.ts";
import type { TestServer } from "../../../../../test/support/stores/test-server.ts";
import { withEnv } from "../../../../../test/support/stores/with-env.ts";
import type { ObjectStore } from "../../../src/object-store.ts";
import { openStore } from "../../../src/open-store.ts";
import { testDriver } from "../test-driver.ts";

let server: TestServer;
let store: ObjectStore;
const open = (uri: string) => withEnv(server.env, () => openStore(uri));

before(async () => {
  server = await startS3Server();
  store = await open(server.uri);
});
after(() => server.close());

testDriver({ store: () => store, noBucket: () => open("s3://absent/store") });
