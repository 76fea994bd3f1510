import { testAdapter } from "@tricast/core/testing";
import { GOOGLE_HOSTS } from "./hosts/google.ts";

for (const host of GOOGLE_HOSTS) testAdapter(host);
