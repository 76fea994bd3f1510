import { ATTACKED_HOSTS, testAttack } from "./support/attack.ts";

// The others in attacks.long.test.ts.
for (const host of ATTACKED_HOSTS.slice(0, 1)) testAttack(host);
