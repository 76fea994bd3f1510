export { type AwsCredentials, awsCredentials, environmentCredentials } from "./credentials.ts";
export { type AwsRequest, encodeStrictly, type SigningScope, signAws, UNSIGNED_PAYLOAD } from "./sign.ts";
