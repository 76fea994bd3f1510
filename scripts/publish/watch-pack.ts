// Ends the turn of a pack if npm ends before `postpack`: killed, interrupted or failed.
// Arguments: the processes of npm and of `prepack`, the folder.
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { currentTurn, endTurn, isOver, type Turn } from "./swap.ts";

const [npm, prepack, folder = ""] = process.argv.slice(2);
const turn: Turn = { npm: Number(npm), prepack: Number(prepack), folder };
while (isDeepStrictEqual(currentTurn(), turn)) {
  if (isOver(turn)) endTurn(turn);
  await setTimeout(50);
}
