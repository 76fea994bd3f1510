import { analyzeRows, type RowVerdict } from "../graph/rows/analyze-rows.ts";
import type { GraphValues, OnnxValueInfo } from "../metadata.ts";
import { graphFile, REMAKE } from "../optimized/choose-form.ts";
import type { Fetches, ModelOrigin } from "../runner.ts";
import { isFloat } from "../tensor/types.ts";
import { hasTrees } from "../threadable.ts";
import { isBatchable } from "../zero-code/rows.ts";

/**
 * Which outputs of a loaded model may be computed in one run for several requests, or for several instances of one request:
 * the outputs whose rows are independent according to the graph (see `analyzeRows`). The graph is analysed on first use,
 * and not while a model is loaded.
 */
export class RowJoins {
  private readonly origin: ModelOrigin;
  private readonly graph: GraphValues;
  private found: RowVerdict | undefined;
  private reported = false;

  constructor(origin: ModelOrigin, graph: GraphValues) {
    this.origin = origin;
    this.graph = graph;
  }

  /** Whether all requested outputs may be computed in a shared run. */
  allows(fetches: Fetches): boolean {
    const { verdict } = this;
    for (const name in fetches) if (verdict[name] !== true) return false;
    return true;
  }

  /** The requested outputs that may be computed in a shared run, else all outputs that may; `undefined` where no output may. */
  among(fetches: Fetches): Fetches | undefined {
    const all = Object.keys(this.verdict).filter((name) => this.verdict[name] === true);
    const asked = all.filter((name) => Object.hasOwn(fetches, name));
    const names = asked.length > 0 ? asked : all;
    return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, null]));
  }

  /** A run has shown that rows are not independent, against the analysis of the graph. */
  forbid(why: string): void {
    this.found = forAll(this.graph, why);
    this.reported = false;
    this.report();
  }

  /** Logs once why requests do not share runs. */
  report(): void {
    const refused = Object.entries(this.verdict).filter(([, one]) => one !== true);
    if (this.reported || refused.length === 0) return;
    this.reported = true;
    const { form, log } = this.origin;
    const isWhole = refused.length === Object.keys(this.verdict).length;
    const which = isWhole ? "" : ` that ask for ${refused.map(([name]) => JSON.stringify(name)).join(", ")}`;
    const why = [...new Set(refused.map(([, reason]) => reason))].join("; ");
    const fix = isWhole ? ONE_BY_ONE : OTHER_OUTPUTS;
    log.warn(`${form.file.path}: requests${which} run one by one: ${why}. ${fix}`, {
      outputs: refused.map(([name]) => name),
    });
  }

  private get verdict(): RowVerdict {
    this.found ??= this.find();
    return this.found;
  }

  private find(): RowVerdict {
    const { form, batching = "auto", intraOpNumThreads: threads = 1 } = this.origin;
    const { inputs, outputs } = this.graph;
    if (batching !== "auto" || !isBatchable(inputs, outputs))
      return this.silently(forAll(this.graph, "batching is off"));
    if (Object.keys(form.defaults ?? {}).length > 0) return forAll(this.graph, OVERRIDDEN);
    if (form.sequences?.length) return forAll(this.graph, "an output is a sequence");
    if (threads !== 1 && hasTrees(form.file)) return forAll(this.graph, TREES);
    if (form.rows !== undefined) return this.ofOutputs(form.rows);
    const original = graphFile(form);
    if (original.format !== "onnx")
      return forAll(this.graph, `${original.path} does not contain a verdict about its rows. ${REMAKE}`);
    try {
      return this.ofOutputs(analyzeRows(original.content ?? original.path));
    } catch (error) {
      return forAll(this.graph, (error as Error).message);
    }
  }

  /** For reasons that do not need a warning: the setting, or the graph's own shapes. */
  private silently(verdict: RowVerdict): RowVerdict {
    this.reported = true;
    return verdict;
  }

  private ofOutputs(verdict: RowVerdict): RowVerdict {
    const verdictOf = (output: OnnxValueInfo): true | string => {
      const found = verdict[output.name] ?? "the graph does not have it";
      return found === true && this.isUnpacked && isNarrow(output) ? NARROW : found;
    };
    return Object.fromEntries(this.graph.outputs.map((output) => [output.name, verdictOf(output)]));
  }

  private get isUnpacked(): boolean {
    const { form, config } = this.origin;
    return (config?.[UNPACKED] ?? form.session?.config[UNPACKED]) === "1";
  }
}

const ONE_BY_ONE =
  'Answers are the same as alone, at a lower throughput. To share runs, remove the cause and export the graph again; to disable this warning, set onnx(..., { batching: "exact" })';
const OTHER_OUTPUTS = "Requests that ask for other outputs only share runs: model.run(feeds, { outputs: [...] })";
const TREES =
  "a tree ensemble on several threads answers differently for one row and for many; leave intraOpNumThreads out";

const OVERRIDDEN = "it has optional inputs, which requests may set differently";

const UNPACKED = "session.disable_prepacking";
const NARROW =
  "a row of one or two floats may differ by more than 1e-5 where weights are not prepacked (session.disable_prepacking)";

/**
 * Where weights are not prepacked, a product of one row uses other instructions than one of many rows. The sum of a row may
 * cancel to almost 0, and then its last bits are a large part of it: of 100 rows of a dense layer to one number, one to
 * three differ by more than 1e-5. Of three or more numbers, the largest has not cancelled.
 */
function isNarrow({ type, shape }: OnnxValueInfo): boolean {
  const width = shape.slice(1).reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 3), 1);
  return isFloat(type) && width < 3;
}

function forAll({ outputs }: GraphValues, why: string): RowVerdict {
  return Object.fromEntries(outputs.map(({ name }) => [name, why]));
}
