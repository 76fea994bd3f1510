import { it } from "node:test";
import { soakMatrix } from "../../../../test/support/soak/soak-matrix.ts";
import { type Kill, killPushes } from "./support/killed-push.ts";

const KILLS: readonly Kill[] = [
  ...Array.from({ length: 3 }, (_, index) => ({ afterFiles: index + 1 })),
  ...Array.from({ length: 156 }, (_, index) => ({ afterMs: index / 2 })),
];

soakMatrix("kills of a push", KILLS, (picked) => {
  it("a push killed at any moment leaves whole versions only, and the next push succeeds", () => killPushes(picked));
});
