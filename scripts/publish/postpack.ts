// npm runs this script after it has packed a package, in the folder of that package.
import { currentTurn, endTurn } from "./swap.ts";

const turn = currentTurn();
if (turn !== undefined) endTurn(turn);
