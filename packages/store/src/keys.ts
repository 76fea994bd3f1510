/** Order of UTF-8 bytes, in which S3, Google and Azure list keys. JavaScript's own order differs beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
