import { testAdapter } from "@tricast/core/testing";
import { OWN_SERVER_HOSTS } from "./hosts/own-server.ts";

// In servers of others: own-server-adapters.long.test.ts.
for (const host of OWN_SERVER_HOSTS) testAdapter(host);
