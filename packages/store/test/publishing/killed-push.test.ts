import { it } from "node:test";
import { killPushes } from "./support/killed-push.ts";

// Many more moments in killed-push.soak.test.ts.
it("a push killed at any moment leaves whole versions only, and the next push succeeds", () =>
  killPushes([{ afterFiles: 1 }, { afterMs: 20 }, { afterFiles: 3 }]));
