import { testAdapter } from "@tricast/core/testing";
import { FRAMEWORK_HOSTS } from "./hosts/own-server.ts";

for (const host of FRAMEWORK_HOSTS) testAdapter(host);
