// Ends the turn of a pack whose npm is gone before `postpack`: killed, interrupted or failed. Arguments: npm's process, folder.
import { setTimeout } from "node:timers/promises";
import { currentTurn, endTurn, isGone, type Turn } from "./swap.ts";

const turn: Turn = { pid: Number(process.argv[2]), folder: process.argv[3] ?? "" };
while (isOurs(currentTurn())) {
  if (isGone(turn.pid)) endTurn(turn);
  await setTimeout(50);
}

function isOurs(current: Turn | undefined): boolean {
  return current !== undefined && Object.is(current.pid, turn.pid) && current.folder === turn.folder;
}
