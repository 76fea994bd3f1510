/** The parts of the core's contract suite that are not public, for cases that only our own hosts have. */

export { assertHeals } from "../../../packages/core/src/testing/cases/model-failures.ts";
export {
  type Answer,
  assertLikeCore,
  assertSame,
  coreAnswer,
} from "../../../packages/core/src/testing/reference.ts";
export { get, headerOf, jsonOf, post, postBytes, wireText } from "../../../packages/core/src/testing/wire.ts";
