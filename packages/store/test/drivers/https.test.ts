import { after, before } from "node:test";
import { type HttpsServer, startHttpsServer } from "../../../../test/support/stores/https-server.ts";
import type { ObjectStore } from "../../src/object-store.ts";
import { openStore } from "../../src/open-store.ts";
import { testDriver } from "./test-driver.ts";

let server: HttpsServer;
let store: ObjectStore;

before(async () => {
  server = await startHttpsServer();
  store = await openStore(server.uri, server.options);
});
after(() => server.close());

testDriver({ store: () => store, seed: async (key, bytes) => void server.files.set(`/store/${key}`, bytes) });
