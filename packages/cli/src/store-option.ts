import { STORE_SCHEMES } from "@tricast/core/adapter";
import { type ObjectStore, openStore, parseUri, withRetries } from "@tricast/store";
import { checkModelName, parseReference } from "@tricast/store/publishing";
import { argument, required } from "./options.ts";

export const STORE = required({
  flag: "store",
  placeholder: "URI",
  env: "TRICAST_STORE",
  description: `Where the models are: a folder, ${STORE_SCHEMES.s3}, ${STORE_SCHEMES.gs}, ${STORE_SCHEMES.az}.`,
  parse: (text) => {
    parseUri(text);
    return text;
  },
});

export const MODEL = argument("NAME", "Name of the model, such as iris.", checkModelName);

export const REFERENCE = argument("MODEL", "NAME, NAME@ALIAS or NAME@VERSION; NAME alone is NAME@latest.", (text) => {
  parseReference(text);
  return text;
});

/** The store that a command was told to use; a store that fails now and then is asked again. */
export async function storeAt(uri: string): Promise<ObjectStore> {
  return withRetries(await openStore(uri));
}
