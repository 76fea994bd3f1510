export { GOOGLE_ADVICE, type GoogleHeaders, googleHeaders } from "./access-token.ts";
export { googleIdentityToken } from "./identity-token.ts";
