/** About the largest body that is taken by default. */
export const LARGE_BODY_BYTES = 33_000_000;
/** `piece` as often as fits. */
export const repeated = (head: string, piece: string, tail: string): Buffer =>
  Buffer.from(head + piece.repeat(Math.floor((LARGE_BODY_BYTES - head.length - tail.length) / piece.length)) + tail);

function distinctKeys(): Buffer {
  const pairs: string[] = [];
  for (let index = 0, length = 0; length < LARGE_BODY_BYTES - 100; index++) {
    const pair = `"${index.toString(36)}":0,`;
    pairs.push(pair);
    length += pair.length;
  }
  return Buffer.from(`{${pairs.join("")}"z_":0}`);
}

/** Bodies that take many times their bytes in memory, or much time. */
export const DENSE_BODIES: Readonly<Record<string, () => Buffer>> = {
  "empty objects": () => repeated("[", "{},", "0]"),
  "empty lists": () => repeated("[", "[],", "0]"),
  "nested lists": () => Buffer.from("[".repeat(LARGE_BODY_BYTES / 2) + "]".repeat(LARGE_BODY_BYTES / 2)),
  "short lists": () => repeated("[[", "1],[", "0]]"),
  "short numbers": () => repeated("[", "1,", "0]"),
  "short decimals": () => repeated("[", ".5,0.5,", "0]").fill("0", 1, 2),
  "short texts": () => repeated("[", '"a1",', "0]"),
  "escaped quotes": () => repeated('["', '\\"', '"]'),
  "objects of one member": () => repeated("[", '{"a":1},', "0]"),
  "distinct keys": distinctKeys,
  "long integers": () => repeated('{"datatype":"INT64","data":[', "12345678901234567890,", "0]}"),
  "one integer of 33 million digits": () => repeated('{"datatype":"INT64","data":[', "9", "]}"),
  "decimals of 33 million digits": () => repeated('{"datatype":"INT64","data":[0.', "9", "]}"),
  "bare words": () => repeated("[", "NaN,", "0]"),
  "negative infinities": () => repeated("[", "-Infinity,", "0]"),
  spaces: () => repeated("", " ", ""),
};
