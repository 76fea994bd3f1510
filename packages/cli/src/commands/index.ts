import type { Command } from "../command.ts";
import { build } from "./build.ts";
import { list } from "./models/list.ts";
import { optimize } from "./models/optimize.ts";
import { promote } from "./models/promote.ts";
import { prune } from "./models/prune.ts";
import { pull } from "./models/pull.ts";
import { push } from "./models/push.ts";
import { rollback } from "./models/rollback.ts";
import { show } from "./models/show.ts";
import { verify } from "./models/verify.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [build, push, list, show, pull, verify, promote, rollback, prune, optimize];
