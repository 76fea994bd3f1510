import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { TricastError } from "@tricast/core";
import { makeFolder } from "@tricast/core/adapter";
import { type Binding, loadBinding, TESTED } from "../binding.ts";
import { cpuKind } from "../optimized/cpu-kind.ts";
import type { Variant, VariantSession } from "../optimized/record.ts";
import { ask } from "./ask-child.ts";
import type { ColdAnswer, Subject } from "./child-messages.ts";
import { type Candidate, type ColdFigures, chooseCandidate, verdict } from "./choose-candidate.ts";
import { type FormRecipe, RECIPES, type WrittenForm, writeLayouts } from "./forms.ts";
import { type OptimizeOptions, type OptimizeTask, toTask } from "./options.ts";
import { recordRows } from "./record-rows.ts";
import { removeSavedForm, saveForm } from "./save-form.ts";
import { coldOf, median, rounded, toFigures } from "./statistics.ts";

export interface OptimizeResult {
  /** Absolute path of the original. */
  readonly model: string;
  readonly original: ColdFigures;
  /** All forms. */
  readonly candidates: readonly Candidate[];
  /** The form that was saved; `undefined` when none is faster than the original. */
  readonly chosen: Candidate | undefined;
  /** The reason for the choice, as a sentence. */
  readonly reason: string;
  /** Absolute paths of the written files: the form's files, then its record. */
  readonly files: readonly string[];
  /** For `variants` of a store's `model.json`; `undefined` when nothing was saved. */
  readonly variant: Variant | undefined;
  /** `onnxruntime 1.30.0` */
  readonly runtime: string;
  readonly target: Variant["target"];
  readonly tolerance: number;
  readonly rounds: number;
}

/**
 * Writes the form of a model that loads fastest on this machine, beside the model, where `onnx()` finds it.
 *
 * ONNX Runtime writes each form. A form must give the same answers as the original, and is compared with it in new
 * processes: loading, the first prediction, and steady runs of one and of 16 rows. A form that is not faster, or makes
 * runs slower, is refused. If all are refused, nothing is written, and a form from an earlier call is removed.
 *
 * @param path An `.onnx` file. It is not changed.
 * @throws {TricastError} `invalid-option`; `model-not-found`; `model-invalid` when the original itself does not load or
 * run; `missing-dependency`.
 * @example
 * import { optimizeModel, renderOptimizeTable } from "@tricast/onnx/optimize";
 * console.log(renderOptimizeTable(await optimizeModel("models/mlp.onnx")));
 */
export async function optimizeModel(path: string, options: OptimizeOptions = {}): Promise<OptimizeResult> {
  const task = toTask(path, options);
  const binding = loadBinding({ debug() {}, info() {}, warn: task.progress, error: task.progress });
  makeFolder(task.out);
  // On the same disk as the result, so that a rename moves the files.
  const scratch = mkdtempSync(join(task.out, ".tricast-optimize-"));
  try {
    return await new Optimization(task, binding, scratch).run();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A written form and its measurements. */
interface Entry {
  readonly recipe: FormRecipe;
  readonly form: WrittenForm | undefined;
  candidate: Candidate;
}

class Optimization {
  private readonly task: OptimizeTask;
  private readonly scratch: string;
  private readonly binding: Binding;
  private readonly original: Subject;
  private readonly runtime: string;
  private readonly target: Variant["target"];

  constructor(task: OptimizeTask, binding: Binding, scratch: string) {
    const cpu = cpuKind();
    this.task = task;
    this.binding = binding;
    this.scratch = scratch;
    this.original = { path: task.model, session: undefined };
    this.runtime = `onnxruntime ${binding.version ?? TESTED.from.join(".")}`;
    this.target = { arch: process.arch, ...(cpu === undefined ? {} : { cpu }), threads: task.threads };
  }

  async run(): Promise<OptimizeResult> {
    const firstCold = await this.checkOriginal();
    const entries = this.writeForms();
    for (const entry of entries) await this.compare(entry);
    const original = await this.measureCold(entries, firstCold);
    for (const { candidate } of entries) this.report(candidate);
    const candidates = entries.map(({ candidate }) => candidate);
    const chosen = chooseCandidate(candidates);
    const entry = entries.find(({ candidate }) => candidate === chosen);
    const common = { model: this.task.model, original, candidates, runtime: this.runtime, target: this.target };
    const settings = { tolerance: this.task.tolerance, rounds: this.task.rounds };
    removeSavedForm(this.task);
    if (chosen === undefined || entry?.form === undefined) {
      const reason = "The original is kept: no form loads faster, gives the same answers and runs as fast.";
      return { ...common, ...settings, chosen: undefined, reason, files: [], variant: undefined };
    }
    const variant = this.toVariant(entry, entry.form, original);
    const reason = `${chosen.name}: the first prediction after ${ms(chosen.cold!.coldMs)} instead of ${ms(original.coldMs)}.`;
    return { ...common, ...settings, chosen, reason, files: await saveForm(this.task, entry.form, variant), variant };
  }

  /** Fails early for a model that does not load or run. */
  private async checkOriginal(): Promise<ColdAnswer> {
    const { threads, examples, model } = this.task;
    this.task.progress(`loading ${basename(model)}`);
    try {
      return await ask({ kind: "cold", original: this.original, subject: this.original, threads, examples });
    } catch (cause) {
      const problem = `${model} cannot be optimised: ${(cause as Error).message}`;
      const fix = "repair the model, or give examples that it runs on";
      throw new TricastError("model-invalid", `${problem}. Fix: ${fix}`, { cause });
    }
  }

  private writeForms(): Entry[] {
    const stem = basename(this.task.model, ".onnx");
    const folderOf = (layout: string): string => {
      const folder = join(this.scratch, layout);
      mkdirSync(folder);
      return folder;
    };
    this.task.progress("writing forms");
    const level = this.target.cpu === undefined ? "extended" : "all";
    const { binding, task } = this;
    const layouts = writeLayouts({ binding, model: task.model, stem, level }, folderOf);
    return RECIPES.map((recipe): Entry => {
      const form = layouts.get(recipe.layout)!;
      const { name, description, prepacks } = recipe;
      const candidate = { name, description, prepacks };
      if (typeof form === "string") return { recipe, form: undefined, candidate: { ...candidate, refused: form } };
      const isExcluded = prepacks === (task.prepack === "never") && task.prepack !== "auto";
      const refused = isExcluded ? { refused: `prepack is "${task.prepack}"` } : {};
      return { recipe, form, candidate: { ...candidate, bytes: form.bytes, ...refused } };
    });
  }

  /** Answers first, then times, in one process with the original. */
  private async compare(entry: Entry): Promise<void> {
    if (entry.candidate.refused !== undefined) return;
    const { threads, examples, tolerance, rounds } = this.task;
    this.task.progress(`comparing ${entry.recipe.name}`);
    const [original, candidate] = [this.original, this.subjectOf(entry)];
    const blocks = rounds * 3;
    try {
      const pair = await ask({ kind: "pair", original, candidate, threads, examples, tolerance, blocks });
      entry.candidate = { ...entry.candidate, ...pair };
      if (pair.difference > tolerance) {
        this.refuse(entry, `its outputs differ by ${pair.difference.toExponential(1)} (at most ${tolerance})`);
      }
    } catch (error) {
      this.refuse(entry, (error as Error).message);
    }
  }

  /** Round by round, the original and every form in turn. */
  private async measureCold(entries: readonly Entry[], first: ColdAnswer): Promise<ColdFigures> {
    const { rounds, threads, examples, progress } = this.task;
    const open = entries.filter(({ candidate }) => candidate.refused === undefined);
    const subjects = [this.original, ...open.map((entry) => this.subjectOf(entry))];
    const samples: ColdAnswer[][] = subjects.map(() => []);
    for (let round = 0; round < rounds; round++) {
      progress(`cold starts, round ${round + 1} of ${rounds}`);
      for (let turn = 0; turn < subjects.length; turn++) {
        const index = (turn + round) % subjects.length;
        samples[index]!.push(
          await ask({ kind: "cold", original: this.original, subject: subjects[index]!, threads, examples }),
        );
      }
    }
    const [original = [], ...forms] = samples;
    for (const [index, entry] of open.entries()) {
      const ratios = forms[index]!.map((sample, round) => coldOf(sample) / coldOf(original[round]!));
      const gainMs = median(forms[index]!.map((sample, round) => coldOf(original[round]!) - coldOf(sample)));
      entry.candidate = { ...entry.candidate, cold: toFigures(forms[index]!), coldRatio: median(ratios), gainMs };
      const refused = verdict(entry.candidate, this.task.prepack);
      if (refused !== undefined) this.refuse(entry, refused);
    }
    return toFigures(original.length === 0 ? [first] : original);
  }

  private subjectOf({ recipe, form }: Entry): Subject {
    if (form === undefined) throw new TricastError("internal", `${recipe.name} was not written`);
    return { path: form.files[0]!, session: this.sessionOf(recipe) };
  }

  private sessionOf({ session }: FormRecipe): VariantSession {
    return { ...session, threadable: this.task.threadable };
  }

  private refuse(entry: Entry, refused: string): void {
    entry.candidate = { ...entry.candidate, refused };
  }

  private report({ name, cold, refused }: Candidate): void {
    this.task.progress(`${name}: ${refused ?? ms(cold?.coldMs ?? 0)}`);
  }

  private toVariant({ recipe, candidate }: Entry, form: WrittenForm, original: ColdFigures): Variant {
    const { cold, one, sixteen, difference } = candidate;
    return {
      files: form.files.map((file) => basename(file)),
      target: this.target,
      runtime: this.runtime,
      session: this.sessionOf(recipe),
      rows: recordRows(this.task.model),
      measured: {
        form: recipe.name,
        original: rounded({ ...original }),
        optimized: rounded({ ...cold }),
        ...(one === undefined ? {} : { oneRow: rounded({ ...one }) }),
        ...(sixteen === undefined ? {} : { sixteenRows: rounded({ ...sixteen }) }),
        difference,
        tolerance: this.task.tolerance,
        rounds: this.task.rounds,
      },
    };
  }
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
