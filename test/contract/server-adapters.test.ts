import { testAdapter } from "@tricast/core/testing";
import { SERVER_HOSTS } from "./hosts/server.ts";

for (const host of SERVER_HOSTS) testAdapter(host);
