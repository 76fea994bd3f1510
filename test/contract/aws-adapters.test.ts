import { testAdapter } from "@tricast/core/testing";
import { AWS_HOSTS } from "./hosts/aws.ts";

for (const host of AWS_HOSTS) testAdapter(host);
