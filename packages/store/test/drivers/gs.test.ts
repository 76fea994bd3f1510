import { after, before } from "node:test";
import { type GoogleServer, startGoogleServer } from "../../../../test/support/stores/google-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import type { ObjectStore } from "../../src/object-store.ts";
import { openStore } from "../../src/open-store.ts";
import { testDriver } from "./test-driver.ts";

let server: GoogleServer;
let store: ObjectStore;
const open = (uri: string) => withEnv(server.env, () => openStore(uri));

before(async () => {
  server = await startGoogleServer();
  store = await open(server.uri);
});
after(() => server.close());

testDriver({ store: () => store, noBucket: () => open("gs://absent/store") });
