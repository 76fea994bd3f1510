"""Writes models with the referee's verdicts on them: `python make_corpus.py FOLDER [MODULE ...]`.

FOLDER/models/*.onnx, FOLDER/verdicts.jsonl with a line for each model, and FOLDER/summary.json with what made no model.

It prints how many cases there are, and reads a JSON list with the numbers of those to judge; at the end of input, all.
"""

from __future__ import annotations

import collections
import hashlib
import importlib
import json
import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import onnx

from cases import Case, with_only, with_opset
from referee import NothingRuns, Referee, Verdict

MODULES = ("standard", "elementwise", "shapes", "neural", "older_forms", "classic", "microsoft", "chains", "composed")
PROCESSES = 2
CASE_SECONDS = 20
MEMORY_BYTES = 6 << 30
ENDED = "ended the runtime"

WITHOUT_CASE = {
    **dict.fromkeys(("CastMap", "DictVectorizer"), "takes maps: a graph input that is a map has no rows"),
    **dict.fromkeys(("BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch"), "needs the graph of a decoder"),
    **dict.fromkeys(("MatMulFpQ4", "QMoE"), "needs weights that the runtime's own tool packs"),
    "SparseAttention": "needs past and present in one buffer",
    "SparseToDenseMatMul": "takes a sparse tensor",
    **dict.fromkeys(("MemcpyFromHost", "MemcpyToHost"), "the runtime inserts it between devices"),
}

Line = dict[str, Any]


def all_cases(modules: Sequence[str], skipped: dict[str, str]) -> Iterator[Case]:
    """@param skipped receives the name of each test of the standard that does not give a case, with the reason."""
    for name in modules:
        module = importlib.import_module(name)
        yield from module.cases(skipped) if name == "standard" else module.cases()


def distinct(cases: Iterator[Case]) -> list[Case]:
    seen: set[bytes] = set()
    kept = []
    for case in cases:
        text = case.model.SerializeToString(deterministic=True) + str((case.domain, case.op, case.opsets)).encode()
        digest = hashlib.sha1(text).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(case)
    return kept


def main(folder: Path, modules: Sequence[str]) -> None:
    (folder / "models").mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    skipped: dict[str, str] = {}
    cases = distinct(all_cases(modules, skipped))
    print(f"{len(cases)} cases described in {time.monotonic() - started:.0f} s", flush=True)
    numbers = json.loads(sys.stdin.readline() or "null") or list(range(len(cases)))
    shards = [Shard(cases, numbers[first::PROCESSES], folder / f"shard-{first}.jsonl") for first in range(PROCESSES)]
    lines = [line for shard in run_all(shards) for line in shard]
    lines.sort(key=lambda line: line["number"])
    judged = [line for line in lines if "outputs" in line]
    with (folder / "verdicts.jsonl").open("w") as verdicts:
        verdicts.writelines(json.dumps(line) + "\n" for line in judged)
    whole = len(numbers) == len(cases)
    told = {"cases": len(cases), **summary(lines, skipped), "untried": untried(lines) if whole else {}}
    (folder / "summary.json").write_text(json.dumps(told, indent=1))
    print(f"{len(judged)} models judged in {time.monotonic() - started:.0f} s", flush=True)


def summary(lines: list[Line], skipped: dict[str, str]) -> Line:
    return {
        "dropped": dict(collections.Counter(line["why"] for line in lines if "why" in line)),
        "composedDropped": [_told(line) for line in lines if line["kind"] == "composed" and "dropped" in line],
        "ended": [_told(line) for line in lines if line.get("why") == ENDED],
        "skipped": skipped,
    }


def _told(line: Line) -> str:
    return f"{line['op']}: {line['setting']}: {line['dropped']}"


def untried(lines: list[Line]) -> dict[str, str]:
    """Operators of the standard and of the runtime without a model, with the reason."""
    judged = {(line["domain"], line["op"]) for line in lines if line["kind"] == "operator" and "outputs" in line}
    # The first of several reasons, because cases begin with the natural setting.
    reasons = {(line["domain"], line["op"]): line["dropped"] for line in reversed(lines) if "dropped" in line}
    kernels = _runtime_kernels()
    missing = sorted((_standard_operators() | kernels) - judged)
    return {
        f"{domain or 'ai.onnx'}.{op}": WITHOUT_CASE.get(op) or reasons.get((domain, op), "no case is written")
        for domain, op in missing
    }


def _standard_operators() -> set[tuple[str, str]]:
    schemas = onnx.defs.get_all_schemas()
    return {("", schema.name) for schema in schemas if schema.domain == ""} | {
        (schema.domain, schema.name) for schema in schemas if schema.domain == "ai.onnx.ml"
    }


def _runtime_kernels() -> set[tuple[str, str]]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return {
        (one.domain, one.op_name)
        for one in state.get_all_opkernel_def()
        if one.provider == "CPUExecutionProvider" and one.domain in ("", "ai.onnx.ml", "com.microsoft")
    }


class Shard:
    """Judges a part of the cases in a separate process, because a model may end the runtime."""

    def __init__(self, cases: list[Case], numbers: list[int], path: Path) -> None:
        self._cases = cases
        self._numbers = numbers
        self._folder = path.parent
        self._path = path
        self._done: Synchronized[int] = multiprocessing.get_context("fork").Value("i", 0)
        self._process: Any = None
        self._path.write_text("")
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=self._work, daemon=True)
        self._process.start()

    def is_finished(self) -> bool:
        if self._process.is_alive():
            return False
        if self._process.exitcode == 0 or self._done.value == len(self._numbers):
            return True
        number = self._numbers[self._done.value]
        how = "timed out" if self._process.exitcode == -signal.SIGALRM else f"ended by {self._process.exitcode}"
        self._append(_dropped(self._cases[number], number, ENDED, f"the runtime {how}"))
        self._done.value += 1
        self._start()
        return False

    def lines(self) -> list[Line]:
        lines = [json.loads(line) for line in self._path.read_text().splitlines()]
        self._path.unlink()
        return lines

    def _append(self, line: Line) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _work(self) -> None:
        import onnxruntime

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        load = _loader(onnxruntime)
        with self._path.open("a") as file:
            while self._done.value < len(self._numbers):
                number = self._numbers[self._done.value]
                signal.alarm(CASE_SECONDS)
                file.write(json.dumps(_judge(self._cases[number], number, self._folder, load)) + "\n")
                file.flush()
                self._done.value += 1


def run_all(shards: list[Shard]) -> Iterator[list[Line]]:
    waiting = list(shards)
    while waiting:
        waiting = [shard for shard in waiting if not shard.is_finished()]
        time.sleep(0.02)
    yield from (shard.lines() for shard in shards)


def _loader(onnxruntime: Any) -> Callable[[onnx.ModelProto], Any]:
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return lambda model: onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _judge(case: Case, number: int, folder: Path, load: Callable[[onnx.ModelProto], Any]) -> Line:
    session, model, opset, why = _first_that_loads(case, load)
    if session is None:
        return _dropped(case, number, "refused by the runtime", why)
    types = {one.name: one.type for one in session.get_outputs() if one.type.startswith("tensor(")}
    if not types:
        return _dropped(case, number, "no tensor as output", "no output is a tensor")
    try:
        verdicts = _verdicts(case, model, session, list(types), load)
    except NothingRuns as error:
        return _dropped(case, number, "nothing runs", str(error))
    file = f"models/{number:05}.onnx"
    (folder / file).write_bytes(_with_outputs(model, types, verdicts).SerializeToString())
    return {
        **_identity(case, number),
        "file": file,
        "opset": opset,
        "setting": case.setting,
        "outputs": {name: _described(verdict) for name, verdict in verdicts.items()},
        **({"expected": case.expected} if case.expected is not None else {}),
    }


def _verdicts(
    case: Case, model: onnx.ModelProto, session: Any, outputs: list[str], load: Callable[[onnx.ModelProto], Any]
) -> dict[str, Verdict]:
    """If the graph has several nodes, each output is judged with the nodes that it needs, because others may fail."""
    seed = f"{case.op} {case.setting}"
    if len(model.graph.node) == 1 or len(outputs) == 1:
        return Referee(session, case.inputs, outputs, seed).judge()
    verdicts: dict[str, Verdict] = {}
    for output in outputs:
        verdicts |= Referee(load(with_only(model, output)), case.inputs, [output], seed).judge()
    return verdicts


def _first_that_loads(case: Case, load: Callable[[onnx.ModelProto], Any]) -> tuple[Any, onnx.ModelProto, int, str]:
    reason = ""
    model = case.model
    for opset in case.opsets:
        model = with_opset(case.model, opset)
        try:
            return load(model), model, opset, ""
        except Exception as error:  # The runtime has several classes of errors
            reason = reason or str(error)
    return None, model, 0, reason


def _with_outputs(model: onnx.ModelProto, types: dict[str, str], verdicts: dict[str, Verdict]) -> onnx.ModelProto:
    """The outputs get their type and rank, and no dimensions."""
    for output in model.graph.output:
        if output.name not in types:
            continue
        tensor = output.type.tensor_type
        tensor.elem_type = _ELEMENT_TYPES[types[output.name]]
        tensor.shape.SetInParent()
        for _ in range(verdicts[output.name].rank):
            tensor.shape.dim.add()
    return model


_ELEMENT_TYPES = {
    "tensor(float)": onnx.TensorProto.FLOAT,
    "tensor(double)": onnx.TensorProto.DOUBLE,
    **{f"tensor({name.lower()})": number for name, number in onnx.TensorProto.DataType.items()},
}


def _described(verdict: Verdict) -> Line:
    if verdict.counter_example is not None:
        return {"independent": False, "counterExample": verdict.counter_example[:400]}
    line: Line = {"independent": True}
    if verdict.rounding > 0:
        line["rounding"] = float(f"{verdict.rounding:.1e}")
    if verdict.depends_on_position:
        line["dependsOnPosition"] = True
    return line


def _identity(case: Case, number: int) -> Line:
    return {"number": number, "kind": case.kind, "domain": case.domain, "op": case.op}


def _dropped(case: Case, number: int, why: str, detail: str) -> Line:
    return {**_identity(case, number), "why": why, "dropped": detail[:300], "setting": case.setting}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or MODULES)
