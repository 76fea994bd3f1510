"""Cases: graphs whose dynamic inputs have rows on axis 0, and how to describe one operator in many settings."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

ROWS = "N"
SAMPLE_ROWS = 2
"""The number of rows of an input's sample values, if its description does not set it."""
SAMPLE_SIZES = (1, 2, 3, 5)
"""The sizes that another symbolic dimension may have."""
SETTINGS_OF_ONE_SAMPLE = 12
WORDS = ("a", "b b", "", "Cat", "dog cat", "a b c", "a.b", "user@example.com")


@dataclasses.dataclass(frozen=True)
class Input:
    """A dynamic graph input. `sample` are values that fit together with those of the other inputs."""

    name: str
    dims: tuple[int | str, ...]
    sample: np.ndarray
    pool: np.ndarray | None = None
    """The values that its elements are drawn from. Default: those of the sample."""

    @property
    def is_fixed(self) -> bool:
        """Whether every row has the shape of the sample's rows."""
        return all(isinstance(dim, int) for dim in self.dims[1:])


@dataclasses.dataclass(frozen=True)
class Case:
    kind: str
    """`operator`, `expanded` (a standard operator as the graph of its definition) or `composed`."""
    domain: str
    op: str
    setting: str
    model: onnx.ModelProto
    """Its outputs have no types, so the runtime infers them."""
    inputs: tuple[Input, ...]
    opsets: tuple[int, ...]
    """Versions of the standard domain to try until the runtime accepts the model."""
    expected: dict[str, bool] | None = None
    """For the outputs of composed graphs: whether they are independent, by their author."""


@dataclasses.dataclass(frozen=True)
class Slot:
    """An input of an operator: values, and whether models usually have them as data, weights or shapes."""

    values: np.ndarray
    role: str = "data"
    dims: tuple[int | str, ...] | None = None
    """The dimensions if it is dynamic. Default: those of the values, with axis 0 open."""
    pool: np.ndarray | None = None
    """The values that its elements are drawn from if it is dynamic. Default: its own values."""

    @property
    def dynamic_dims(self) -> tuple[int | str, ...]:
        return self.dims or (ROWS, *self.values.shape[1:])

    @property
    def dynamic_pool(self) -> np.ndarray | None:
        """`pool`, with more values for axes, sizes and texts: those of one sample are too similar to show what depends on them."""
        if self.pool is not None or self.values.dtype.kind not in "iuO" or self.values.size == 0:
            return self.pool
        if self.values.dtype.kind == "O":
            return np.array([*self.values.ravel(), *WORDS], object)
        if self.role != "shape":
            return None
        return np.array([*self.values.ravel(), 0, 1, 2]).astype(self.values.dtype)

    @property
    def can_be_dynamic(self) -> bool:
        return self.values.ndim > 0 and self.values.dtype.kind in "fiubO"


@dataclasses.dataclass(frozen=True)
class Sample:
    """One use of an operator, before it is decided which inputs are dynamic."""

    op: str
    opset: int
    slots: tuple[Slot | None, ...]
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)
    outputs: tuple[str, ...] = ("y",)
    domain: str = ""
    older: bool = True
    """Whether older versions of the standard may be tried if the runtime lacks this one."""


_TOGETHER = {"SoftmaxCrossEntropyLoss": {0, 1}, "NegativeLogLikelihoodLoss": {0, 1}}
"""Inputs that must be dynamic together or not at all, because the runtime reads beyond the rows of the shorter one."""

# Values for samples described by hand. The generator is the same in each run.
_RANDOM = np.random.default_rng(7)


def _concrete(dims: Sequence[int | str]) -> tuple[int, ...]:
    return tuple(dim if isinstance(dim, int) else SAMPLE_ROWS if dim == ROWS else 3 for dim in dims)


def _slot(values: np.ndarray, dims: Sequence[int | str], pool: np.ndarray | None = None) -> Slot:
    return Slot(values, dims=tuple(dims) if ROWS in dims else None, pool=pool)


def floats(*dims: int | str, dtype: Any = np.float32) -> Slot:
    return _slot(_RANDOM.normal(size=_concrete(dims)).astype(dtype), dims)


def ints(*dims: int | str, low: int = 0, high: int = 3, dtype: Any = np.int64) -> Slot:
    """Integers of `low` to `high`, without `high`."""
    pool = np.arange(low, high).astype(dtype)
    return _slot(_RANDOM.choice(pool, _concrete(dims)), dims, pool)


def flags(*dims: int | str) -> Slot:
    return _slot(_RANDOM.random(_concrete(dims)) < 0.5, dims)


def texts(*dims: int | str, words: Sequence[str] = WORDS) -> Slot:
    pool = np.array(words, dtype=object)
    return _slot(_RANDOM.choice(pool, _concrete(dims)), dims, pool)


def weight(*dims: int, dtype: Any = np.float32) -> Slot:
    return Slot(_RANDOM.normal(size=dims).astype(dtype), "weight")


def weight_ints(*dims: int, low: int = 0, high: int = 255, dtype: Any = np.uint8) -> Slot:
    return Slot(_RANDOM.integers(low, high, dims).astype(dtype), "weight")


def constant(values: Any, dtype: Any = None) -> Slot:
    """A constant in the form that models use. Default: int64 or float32."""
    array = np.array(values)
    if dtype is None and array.dtype.kind in "if":
        dtype = np.int64 if array.dtype.kind == "i" else np.float32
    return Slot(array if dtype is None else array.astype(dtype), "shape")


def onnx_type(array: np.ndarray) -> int:
    return onnx.TensorProto.STRING if array.dtype.kind in "OU" else helper.np_dtype_to_tensor_dtype(array.dtype)


def settings(sample: Sample, most: int = SETTINGS_OF_ONE_SAMPLE) -> Iterator[Case]:
    """The sample with several choices of which inputs are dynamic and which constant."""
    for dynamic, cut in itertools.islice(_choices(sample), most):
        yield _one_node(sample, dynamic, cut)


def natural_settings(samples: Iterable[Sample]) -> Iterator[Case]:
    """The samples with data dynamic, and everything else constant."""
    for sample in samples:
        yield from settings(sample, 1)


def _choices(sample: Sample) -> Iterator[tuple[frozenset[int], bool]]:
    """Which inputs are dynamic, and whether constants of as many rows are cut to one."""
    able = [index for index, slot in enumerate(sample.slots) if slot is not None and slot.can_be_dynamic]
    data = [index for index in able if sample.slots[index].role == "data"] or able[:1]
    seen: set[tuple[frozenset[int], bool]] = set()
    wanted = [
        (data, False),
        (able[:1], False),
        (data[:1], True),
        (able, False),
        *(([index], False) for index in able),
        *(([other for other in data if other != index], True) for index in data),
        *(([index], True) for index in data),
        *(([other for other in data if other != index], False) for index in data),
        *(([*data, index], False) for index in able if index not in data),
    ]
    for indexes, cut in wanted:
        choice = (frozenset(indexes), cut and len(data) > 1)
        if indexes and choice not in seen and choice[0] >= _TOGETHER.get(sample.op, set()):
            seen.add(choice)
            yield choice


def _one_node(sample: Sample, dynamic: frozenset[int], cut: bool) -> Case:
    names = _names(sample)
    rows = {sample.slots[index].values.shape[0] for index in dynamic}
    inputs, initializers, described = [], [], []
    for index, slot in enumerate(sample.slots):
        if slot is None:
            continue
        if index in dynamic:
            inputs.append(Input(names[index], slot.dynamic_dims, slot.values, slot.dynamic_pool))
            described.append(f"{names[index]}: {_describe_type(slot.values, slot.dynamic_dims)}")
            continue
        values = slot.values
        if cut and slot.role == "data" and values.ndim > 0 and values.shape[0] in rows:
            values = values[:1]
        initializers.append(to_tensor(values, names[index]))
        described.append(f"{names[index]} = {_describe_constant(values)}")
    attributes = [make_attribute(name, value) for name, value in sample.attributes.items()]
    described += [f"{name}={_describe_attribute(value)}" for name, value in sample.attributes.items()]
    node = helper.make_node(
        sample.op, [name if slot else "" for name, slot in zip(names, sample.slots)], sample.outputs
    )
    node.domain = sample.domain
    node.attribute.extend(attributes)
    return Case(
        kind="operator",
        domain=sample.domain,
        op=sample.op,
        setting=", ".join(described),
        model=make_model([node], inputs, initializers, [name for name in sample.outputs if name], sample.domain),
        inputs=tuple(inputs),
        opsets=older_opsets(sample.opset) if sample.older else (sample.opset,),
    )


def older_opsets(opset: int) -> tuple[int, ...]:
    return (opset, *(older for older in (26, 23, 21, 18, 15, 13, 11) if older < opset))


def _names(sample: Sample) -> list[str]:
    formal: list[str] = []
    if onnx.defs.has(sample.op, domain=sample.domain):
        formal = [one.name for one in onnx.defs.get_schema(sample.op, domain=sample.domain).inputs]
    names: list[str] = []
    for index in range(len(sample.slots)):
        name = formal[index] if index < len(formal) else "in"
        names.append(name if name not in names and name not in sample.outputs else f"{name}_{index}")
    return names


def make_model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[Input],
    initializers: Sequence[onnx.TensorProto],
    outputs: Sequence[str],
    domain: str = "",
) -> onnx.ModelProto:
    graph = onnx.GraphProto(name="case")
    graph.node.extend(nodes)
    graph.input.extend(helper.make_tensor_value_info(one.name, onnx_type(one.sample), one.dims) for one in inputs)
    graph.initializer.extend(initializers)
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    model = onnx.ModelProto(graph=graph)
    if domain:
        model.opset_import.append(helper.make_opsetid(domain, _domain_version(domain, nodes[0].op_type)))
    return model


def with_opset(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    others = [one for one in copy.opset_import if one.domain not in ("", "ai.onnx")]
    del copy.opset_import[:]
    copy.opset_import.extend([helper.make_opsetid("", opset), *others])
    copy.ir_version = 8 if opset < 21 else 10 if opset < 23 else 11 if opset < 25 else 13
    return copy


def with_only(model: onnx.ModelProto, output: str) -> onnx.ModelProto:
    """The model with this output, and the nodes that it needs. The inputs stay."""
    kept: list[onnx.NodeProto] = []
    wanted = {output}
    for node in reversed(model.graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= _reads(node)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.node[:]
    copy.graph.node.extend(reversed(kept))
    outputs = [one for one in copy.graph.output if one.name == output]
    del copy.graph.output[:]
    copy.graph.output.extend(outputs)
    return copy


def _reads(node: onnx.NodeProto) -> set[str]:
    """Names that a node reads, including those in its bodies."""
    bodies = [one.g for one in node.attribute if one.type == onnx.AttributeProto.GRAPH]
    inner = (_reads(inside) for body in bodies for inside in body.node)
    returned = (one.name for body in bodies for one in body.output)
    return set(node.input).union(returned, *inner)


def _domain_version(domain: str, op: str) -> int:
    if domain != "ai.onnx.ml":
        return 1
    return 3 if op in ("TreeEnsembleClassifier", "TreeEnsembleRegressor") else 5


def make_attribute(name: str, value: Any) -> onnx.AttributeProto:
    if isinstance(value, (list, tuple)) and len(value) == 0:
        return helper.make_attribute(name, [], attr_type=onnx.AttributeProto.INTS)
    return helper.make_attribute(name, value)


def to_tensor(values: np.ndarray, name: str) -> onnx.TensorProto:
    if values.dtype.kind in "OU":
        flat = [str(value).encode() for value in values.ravel()]
        return helper.make_tensor(name, onnx.TensorProto.STRING, values.shape, flat)
    return numpy_helper.from_array(values, name)


def _describe_type(values: np.ndarray, dims: Sequence[int | str]) -> str:
    return f"{'string' if values.dtype.kind in 'OU' else values.dtype}[{','.join(map(str, dims))}]"


def _describe_constant(values: np.ndarray) -> str:
    if values.size > 8:
        return _describe_type(values, values.shape)
    return f"{_describe_type(values, values.shape)} {np.array2string(values, separator=',', precision=3)}".replace(
        "\n", ""
    )


def _describe_attribute(value: Any) -> str:
    if isinstance(value, (onnx.GraphProto, onnx.TensorProto)):
        return type(value).__name__
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    text = str(list(value) if isinstance(value, (tuple, list)) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
