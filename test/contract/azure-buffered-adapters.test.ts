import { testAdapter } from "@tricast/core/testing";
import { AZURE_BUFFERED_HOSTS } from "./hosts/azure.ts";

for (const host of AZURE_BUFFERED_HOSTS) testAdapter(host);
