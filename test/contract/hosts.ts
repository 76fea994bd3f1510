import { AWS_HOSTS } from "./hosts/aws.ts";
import { AZURE_HOSTS } from "./hosts/azure.ts";
import type { ContractHost } from "./hosts/contract-host.ts";
import { GOOGLE_HOSTS } from "./hosts/google.ts";
import { FRAMEWORK_HOSTS, OWN_SERVER_HOSTS } from "./hosts/own-server.ts";
import { SERVER_HOSTS } from "./hosts/server.ts";

/** Every way by which a client's request reaches a predictor on our platforms. */
export const HOSTS: readonly ContractHost[] = [
  ...AWS_HOSTS,
  ...AZURE_HOSTS,
  ...GOOGLE_HOSTS,
  ...SERVER_HOSTS,
  ...OWN_SERVER_HOSTS,
  ...FRAMEWORK_HOSTS,
];
