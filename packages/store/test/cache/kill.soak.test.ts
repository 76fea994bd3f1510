import { test } from "node:test";
import { soakMatrix } from "../../../../test/support/soak/soak-matrix.ts";
import { type Kill, killDownloads } from "./support/killed-download.ts";

const KILLS = Array.from({ length: 100 }, (_, index): readonly Kill[] => [
  { afterBytes: index * 60_000 },
  { afterShare: index / 80 },
]).flat();

soakMatrix("kills of a download", KILLS, (picked) => {
  test("a process killed at any moment of a download leaves a cache that the next one uses correctly", () =>
    killDownloads(picked));
});
