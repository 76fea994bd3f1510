/** The version of this package; a test compares it. A bundle does not have the package.json. */
export const VERSION = "0.1.0";
