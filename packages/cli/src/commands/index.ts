import type { Command } from "../command.ts";
import { build } from "./build.ts";
import { deploy } from "./deploy.ts";
import { doctor } from "./doctor.ts";
import { invoke } from "./invoke.ts";
import { list } from "./models/list.ts";
import { optimize } from "./models/optimize.ts";
import { promote } from "./models/promote.ts";
import { prune } from "./models/prune.ts";
import { pull } from "./models/pull.ts";
import { push } from "./models/push.ts";
import { rollback as rollbackModel } from "./models/rollback.ts";
import { show } from "./models/show.ts";
import { verify } from "./models/verify.ts";
import { plan } from "./plan.ts";
import { render } from "./render.ts";
import { rollback } from "./rollback.ts";
import { serve } from "./serve.ts";
import { warm } from "./warm.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  build,
  plan,
  render,
  deploy,
  rollback,
  doctor,
  invoke,
  warm,
  serve,
  push,
  list,
  show,
  pull,
  verify,
  promote,
  rollbackModel,
  prune,
  optimize,
];
