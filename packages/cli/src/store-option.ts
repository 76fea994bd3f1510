import { STORE_SCHEMES } from "@tricast/core/adapter";
import { type ObjectStore, openStore, parseUri, withRetries } from "@tricast/store";
import { checkModelName, parseReference } from "@tricast/store/publishing";
import { argument, required } from "./options.ts";

const DESCRIPTION = `Where the models are: a folder, ${STORE_SCHEMES.s3}, ${STORE_SCHEMES.gs}, ${STORE_SCHEMES.az}.`;

export const STORE = required("URI", DESCRIPTION, {
  env: "TRICAST_STORE",
  parse: (text) => {
    parseUri(text);
    return text;
  },
});

export const MODEL = argument("NAME", "Name of the model, such as iris.", checkModelName);

export const REFERENCE = argument("MODEL", "NAME, NAME@ALIAS or NAME@VERSION. NAME alone is NAME@latest.", (text) => {
  parseReference(text);
  return text;
});

/** The store of `--store`. Calls that fail for a moment are repeated. */
export async function storeAt(uri: string): Promise<ObjectStore> {
  return withRetries(await openStore(uri));
}
