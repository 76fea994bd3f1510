import { ATTACKED_HOSTS, testAttack } from "./support/attack.ts";

// The first in attacks.test.ts.
for (const host of ATTACKED_HOSTS.slice(1)) testAttack(host);
