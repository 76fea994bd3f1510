import { ATTACKED_HOSTS, testAttack, testDenseAttack } from "./support/attack.ts";

// The first in attacks.test.ts.
for (const host of ATTACKED_HOSTS.slice(1)) testAttack(host);
for (const host of ATTACKED_HOSTS) testDenseAttack(host);
