/** Bytes of a model's name in UTF-8. With an ending and a prefix, the name is still that of a file on every system. */
const MOST_NAME_BYTES = 200;

/** Characters that no name has, and why. */
const REFUSED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/[/\\]/, "it contains a slash or a backslash, which separate folders"],
  [/@/, 'it contains "@", which separates a name from an alias or a version'],
  [/[\p{Cc}\u2028\u2029]/u, "it contains a control character"],
  [/\p{Bidi_Control}/u, "it contains a character that changes the direction of text, so that logs show another name"],
  [/\ufffd/, "it is not valid UTF-8"],
  [/^\./, "it begins with a dot, as hidden files do"],
  [/^\s|[\s.]$/, "it begins or ends with a space, or ends with a dot, which some systems drop"],
];

// Windows drops a trailing dot from a folder's name, so two such versions would be one folder.
const VERSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?$/;
/** A store keeps this file with aliases next to the versions of a model. */
export const ALIASES_FILE = "aliases.json";

/**
 * The rule of a model's name in a served folder, in a store and on the command line. Names are compared as they are, in
 * Unicode's form NFC. In paths of URLs they are percent-encoded, in keys of stores and in metrics they are written as they
 * are.
 * @returns Why the text is not the name of a model; `undefined` if it is.
 */
export function modelNameProblem(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (!name.isWellFormed()) return "it is not valid Unicode";
  const refused = REFUSED.find(([pattern]) => pattern.test(name));
  if (refused !== undefined) return refused[1];
  if (name !== name.normalize("NFC")) return "it is not in Unicode's form NFC";
  const bytes = new TextEncoder().encode(name).length;
  return bytes > MOST_NAME_BYTES ? `it has ${bytes} bytes in UTF-8, more than ${MOST_NAME_BYTES}` : undefined;
}

/** Versions are sent in headers, so their names are plain: the rule of a served folder, of a store and of the command line. */
export function isVersionName(version: string): boolean {
  // A version and `aliases.json` are in the same folder.
  return VERSION.test(version) && version.toLowerCase() !== ALIASES_FILE;
}

export const VERSION_RULE = "1 to 128 letters, digits, dots, dashes and underscores";
