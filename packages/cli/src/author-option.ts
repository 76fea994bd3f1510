import { userInfo } from "node:os";
import { optional } from "./options.ts";

export const BY = optional("NAME", "The author, for the history of aliases.", {
  env: "TRICAST_BY",
  otherwise: "the name of the logged-in user",
});

/** `undefined` when the system has no name for the user id, as in some containers. */
export function loginName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
