import { testAdapter } from "@tricast/core/testing";
import { OWN_SERVER_HOSTS } from "./hosts/own-server.ts";

for (const host of OWN_SERVER_HOSTS) testAdapter(host);
