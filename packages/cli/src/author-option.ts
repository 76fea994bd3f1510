import { userInfo } from "node:os";
import { optional, words } from "./options.ts";

export const BY = optional({
  flag: "by",
  placeholder: "NAME",
  env: "TRICAST_BY",
  description: "Who does it, for the history of aliases.",
  otherwise: "the name you are logged in with",
  parse: words,
});

/** Nobody where the system does not know the user: a container with a bare user id. */
export function loginName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
