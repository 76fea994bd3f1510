import type { JudgedModel } from "./corpus.ts";

/** The verdicts of the analysis about a model's outputs: `true`, or the reason why not. */
export type Analyse = (model: JudgedModel) => Readonly<Record<string, true | string>>;

export interface Comparison {
  /** Outputs that were compared. */
  readonly compared: number;
  /** Called independent, but the referee has a counter-example. */
  readonly unsound: readonly Finding[];
  /** Models that the analysis refuses, and outputs that it leaves out. */
  readonly broken: readonly Finding[];
  /** Composed graphs for which the verdicts of the referee and the author differ. */
  readonly disputed: readonly Finding[];
  readonly operators: readonly OperatorRecord[];
  readonly expanded: Recognised;
  readonly composed: Recognised;
}

export interface Finding {
  readonly model: JudgedModel;
  readonly output: string;
  readonly why: string;
}

/** Of the outputs that the referee calls independent. */
export interface Recognised {
  readonly independent: number;
  readonly recognised: number;
  readonly missed: readonly Finding[];
}

export interface OperatorRecord extends Recognised {
  readonly domain: string;
  readonly op: string;
  readonly settings: number;
}

export function compare(models: readonly JudgedModel[], analyse: Analyse): Comparison {
  const judged = models.map((model) => judge(model, analyse));
  const all = (of: (one: Judged) => readonly Finding[]) => judged.flatMap(of);
  const ofKind = (kind: JudgedModel["kind"]) => recognised(judged.filter(({ model }) => model.kind === kind));
  return {
    compared: judged.reduce((sum, { model }) => sum + Object.keys(model.outputs).length, 0),
    unsound: all(({ unsound }) => unsound),
    broken: all(({ broken }) => broken),
    disputed: models.flatMap(disputes),
    operators: byOperator(judged),
    expanded: ofKind("expanded"),
    composed: ofKind("composed"),
  };
}

interface Judged {
  readonly model: JudgedModel;
  readonly recognised: number;
  readonly unsound: readonly Finding[];
  readonly broken: readonly Finding[];
  readonly missed: readonly Finding[];
}

function judge(model: JudgedModel, analyse: Analyse): Judged {
  const verdicts = analyseOrSay(model, analyse);
  if (typeof verdicts === "string") {
    const missed = independentOutputs(model).map((output) => ({ model, output, why: verdicts }));
    return { model, recognised: 0, unsound: [], missed, broken: [{ model, output: "every output", why: verdicts }] };
  }
  const found: Finding[] = Object.entries(model.outputs).map(([output, { counterExample }]) => {
    const verdict = verdicts[output];
    const why = verdict === true ? (counterExample ?? "") : (verdict ?? "the analysis leaves the output out");
    return { model, output, why };
  });
  const says = ({ output }: Finding) => verdicts[output] === true;
  const isTrue = ({ output }: Finding) => model.outputs[output]?.independent === true;
  return {
    model,
    recognised: found.filter((one) => isTrue(one) && says(one)).length,
    unsound: found.filter((one) => !isTrue(one) && says(one)),
    missed: found.filter((one) => isTrue(one) && !says(one)),
    broken: found.filter(({ output }) => verdicts[output] === undefined),
  };
}

function analyseOrSay(model: JudgedModel, analyse: Analyse): ReturnType<Analyse> | string {
  try {
    return analyse(model);
  } catch (error) {
    return `the analysis throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function independentOutputs({ outputs }: JudgedModel): string[] {
  return Object.keys(outputs).filter((name) => outputs[name]?.independent === true);
}

function disputes(model: JudgedModel): Finding[] {
  return Object.entries(model.expected ?? {})
    .filter(([output, expected]) => model.outputs[output]?.independent !== expected)
    .map(([output, expected]) => {
      const why = model.outputs[output]?.counterExample ?? "the referee finds no counter-example";
      return { model, output, why: `its author says ${expected ? "independent" : "dependent"}: ${why}` };
    });
}

function recognised(judged: readonly Judged[]): Recognised {
  return {
    independent: judged.reduce((sum, { model }) => sum + independentOutputs(model).length, 0),
    recognised: judged.reduce((sum, one) => sum + one.recognised, 0),
    missed: judged.flatMap(({ missed }) => missed),
  };
}

function byOperator(judged: readonly Judged[]): OperatorRecord[] {
  const groups = new Map<string, Judged[]>();
  for (const one of judged.filter(({ model }) => model.kind === "operator")) {
    const key = `${one.model.domain}/${one.model.op}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const { domain, op } = (group[0] as Judged).model;
    return { domain, op, settings: group.length, ...recognised(group) };
  });
}
