/** Compares by UTF-8 bytes, the order in which S3, Google and Azure list keys. JavaScript orders keys beyond U+FFFF differently. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
