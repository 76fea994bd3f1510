import { encodeStrictly, signAws } from "@tricast/identity/aws";
import type { SignedRequest, StoreRequest } from "../remote-store.ts";
import type { S3Environment } from "./environment.ts";

/** Learned from S3's replies. */
export interface SigningState {
  /** The bucket's region, if it is not the configured one. */
  region: string | undefined;
  /** How far S3's clock is ahead of this machine's, in milliseconds. */
  aheadMs: number;
}

export type SignS3 = (request: StoreRequest, state: SigningState) => Promise<SignedRequest>;

/** Signs with the keys of the environment. */
export function createSigner({ address, region: home, credentials }: S3Environment): SignS3 {
  return async ({ method, key, query = {}, headers }, { region = home, aheadMs }) => {
    const bucket = address.replace(`s3.${home}.amazonaws.com`, `s3.${region}.amazonaws.com`);
    const url = new URL(`${bucket}/${key.split("/").map(encodeStrictly).join("/")}`);
    url.search = encodeQuery(query);
    const time = new Date(Date.now() + aheadMs);
    return { url, headers: signAws({ method, url, headers }, { region, service: "s3", time }, credentials) };
  };
}

/** The query in the form that is signed: `URLSearchParams` encodes a space as `+`. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .join("&");
}
