// What npm runs after it has packed the package in whose folder it was started.
import { currentTurn, endTurn } from "./swap.ts";

const turn = currentTurn();
if (turn !== undefined) endTurn(turn);
