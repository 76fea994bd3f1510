import { testAdapter } from "@tricast/core/testing";
import { AZURE_HOSTS } from "./hosts/azure.ts";

for (const host of AZURE_HOSTS) testAdapter(host);
