"""Other legal attributes, axes and axis-like inputs of a sample."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx

from cases import Sample, Slot

_TOGGLES = (
    "across_channels align_corners allowzero antialias ceil_mode center_point_box channels_last count_include_pad "
    "exclude_outside exclusive fmod input_forget interleaved inverse is_causal keepdims largest layout "
    "linear_before_reset noop_with_empty_axes normalize onesided reverse saturate select_last_index sorted "
    "storage_order training_mode transA transB upper"
).split()
_CHOICES: dict[str, tuple[Any, ...]] = {
    "auto_pad": ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
    "case_change_action": ("LOWER", "UPPER", "NONE"),
    "coordinate_transformation_mode": (
        "half_pixel",
        "asymmetric",
        "align_corners",
        "pytorch_half_pixel",
        "output_half_pixel",
    ),
    "direction": ("forward", "reverse", "LEFT", "RIGHT"),
    "locale": ("C",),
    "keep_aspect_ratio_policy": ("stretch", "not_larger", "not_smaller"),
    "mode": (
        "DCR",
        "CRD",
        "nearest",
        "linear",
        "cubic",
        "bilinear",
        "bicubic",
        "constant",
        "reflect",
        "edge",
        "wrap",
        "avg",
        "max",
        "TF",
        "IDF",
        "TFIDF",
    ),
    "nearest_mode": ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"),
    "p": (1, 2),
    "padding_mode": ("zeros", "border", "reflection"),
    "stash_type": (1,),
    "to": (1, 6, 7, 9, 10, 11),
    "dtype": (1, 7),
}
_REDUCTIONS = {"Loss": ("none", "sum", "mean"), "Scatter": ("none", "add", "mul", "max", "min")}
_MOST = 40


def variants(sample: Sample) -> Iterator[Sample]:
    """Changes one attribute or input at a time. Axes change together with the attribute that decides whether they are kept."""
    first = next((slot for slot in sample.slots if slot is not None), None)
    if first is None or not onnx.defs.has(sample.op, domain=sample.domain):
        return
    schema = _schema(sample)
    if schema is None:
        return
    rank = first.values.ndim
    changes = [*_attribute_changes(schema, rank), *_input_changes(sample, schema, rank)]
    for change in itertools.islice(changes, _MOST):
        yield _changed(sample, change)
    if "keepdims" in schema.attributes:
        other = 1 - int(sample.attributes.get("keepdims", 1))
        axes = [
            change
            for change in changes
            if {"axis", "axes"} & {str(key) for key in change} or any(isinstance(key, int) for key in change)
        ]
        for change in axes:
            yield _changed(sample, {**change, "keepdims": other})


Change = dict[str | int, Any]
"""New values of attributes by name, and of inputs by index."""


def _schema(sample: Sample) -> onnx.defs.OpSchema | None:
    try:
        return onnx.defs.get_schema(sample.op, sample.opset, sample.domain)
    except onnx.defs.SchemaError:
        return None


def _changed(sample: Sample, change: Change) -> Sample:
    slots = list(sample.slots)
    attributes = dict(sample.attributes)
    for key, value in change.items():
        if isinstance(key, int):
            slots[key] = Slot(value, "shape")
        elif value is None:
            attributes.pop(key, None)
        else:
            attributes[key] = value
    return dataclasses.replace(sample, slots=tuple(slots), attributes=attributes)


def _attribute_changes(schema: onnx.defs.OpSchema, rank: int) -> Iterator[Change]:
    for name in schema.attributes:
        if name == "axis":
            yield from ({name: axis} for axis in range(-rank - 1, rank + 1))
            yield {name: None}
        elif name == "axes":
            yield from ({name: list(axes)} for axes in subsets(rank))
            yield {name: None}
        elif name == "perm":
            yield from ({name: list(perm)} for perm in permutations(rank))
        elif name in ("start", "end"):
            yield from ({name: axis} for axis in range(-rank, rank + 1))
        elif name == "batch_axis":
            yield from ({name: axis, "time_axis": 1 - axis} for axis in (0, 1))
        elif name == "batch_dims":
            yield from ({name: dims} for dims in range(rank))
        elif name == "reduction":
            yield from ({name: value} for value in _REDUCTIONS["Loss" if schema.name.endswith("Loss") else "Scatter"])
        elif name in _TOGGLES:
            yield from ({name: value} for value in (0, 1))
        elif name in _CHOICES:
            yield from ({name: value} for value in _CHOICES[name])


def _input_changes(sample: Sample, schema: onnx.defs.OpSchema, rank: int) -> Iterator[Change]:
    for index, formal in enumerate(schema.inputs):
        if formal.name not in ("axes", "axis") or sample.op in ("Slice", "Pad", "Resize"):
            continue
        if index >= len(sample.slots):
            continue
        given = sample.slots[index]
        dtype = np.int64 if given is None else given.values.dtype
        if formal.name == "axes":
            yield from ({index: np.array(axes, dtype)} for axes in subsets(rank))
        else:
            shape = () if given is None else given.values.shape
            yield from ({index: np.full(shape, axis, dtype)} for axis in range(-rank, rank))


def subsets(rank: int) -> list[Sequence[int]]:
    """Sets of axes: each axis, counted from both ends, pairs, all, all except the first, and the empty set."""
    ones = [(axis,) for axis in range(-rank, rank)]
    pairs = list(itertools.combinations(range(rank), 2))[:6]
    return [*ones, *pairs, (-1, 0), tuple(range(rank)), tuple(range(1, rank)), ()]


def permutations(rank: int) -> list[Sequence[int]]:
    every = list(itertools.permutations(range(rank)))
    return every if rank <= 3 else [*every[:6], *every[6 :: max(1, len(every) // 8)]]
