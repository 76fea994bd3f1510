/** Of this package; a test compares. A bundle has no package.json to read. */
export const VERSION = "0.1.0";
