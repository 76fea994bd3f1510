"""The node tests of the ONNX standard: each as cases with other inputs dynamic, and with other attributes."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import helper

from cases import Case, Input, Sample, Slot, make_model, older_opsets, settings, to_tensor
from variants import variants

_SHAPE_LIKE = frozenset(
    "axes axis blank_id block_shape depth end ends image_shape indices_num k K limit M max_output_boxes_per_class min "
    "max iou_threshold pads past_sequence_length ratio repeats roi scales score_threshold shape size sizes split starts "
    "steps start delta step output_shape num_mel_bins dft_length sample_rate lower_edge_hertz upper_edge_hertz signal_length "
    "frame_step frame_length training_mode trip_count cond value constant_value x_scale x_zero_point y_scale "
    "y_zero_point a_scale a_zero_point b_scale b_zero_point w_scale w_zero_point window".split()
)
_WEIGHTS = frozenset(
    "W R B P w bias scale weight weights mean var input_mean input_var slope C cos_cache sin_cache".split()
)
_VARIED_PER_OPERATOR = 6
"""How many node tests of an operator, of different shapes, are tried with other attributes."""
_DOMAINS = ("", "ai.onnx.ml")


class Skipped(Exception):
    """The reason why a node test does not give a case."""


def node_tests() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return collect_testcases(None)


def cases(skipped: dict[str, str]) -> Iterator[Case]:
    varied: dict[tuple[str, str], set[Any]] = {}
    for test in node_tests():
        try:
            if len(test.model.graph.node) == 1:
                yield from _node_cases(test, varied)
            else:
                yield from _expanded_cases(test)
        except Skipped as reason:
            skipped[test.name] = str(reason)


def _node_cases(test: Any, varied: dict[tuple[str, str], set[Any]]) -> Iterator[Case]:
    sample = _sample(test)
    yield from settings(sample)
    shapes = tuple(None if slot is None else slot.values.ndim for slot in sample.slots), len(sample.outputs)
    seen = varied.setdefault((sample.domain, sample.op), set())
    if shapes in seen or len(seen) >= _VARIED_PER_OPERATOR:
        return
    seen.add(shapes)
    for variant in variants(sample):
        yield from settings(variant, 3)


def _sample(test: Any) -> Sample:
    node = test.model.graph.node[0]
    if node.domain not in _DOMAINS:
        raise Skipped(f"{node.domain} is not a domain that the runtime has")
    values = _values(test)
    schema = onnx.defs.get_schema(node.op_type, domain=node.domain)
    slots = []
    for index, name in enumerate(node.input):
        formal = schema.inputs[min(index, len(schema.inputs) - 1)].name
        role = "shape" if formal in _SHAPE_LIKE else "weight" if formal in _WEIGHTS and index > 0 else "data"
        slots.append(None if name == "" else Slot(values[name], role))
    if not any(slot is not None for slot in slots):
        raise Skipped("no input")
    return Sample(
        op=node.op_type,
        opset=_opset(test.model),
        slots=tuple(slots),
        attributes={one.name: helper.get_attribute_value(one) for one in node.attribute},
        outputs=tuple(node.output),
        domain=node.domain,
    )


def _values(test: Any) -> dict[str, np.ndarray]:
    graph = test.model.graph
    values: dict[str, np.ndarray] = {}
    for one, value in zip(graph.input, test.data_sets[0][0]):
        if not one.type.HasField("tensor_type") or not isinstance(value, (np.ndarray, np.generic)):
            raise Skipped(f"{one.name} is no tensor")
        array = np.asarray(value)
        values[one.name] = array.astype(object) if array.dtype.kind in "USO" else array
    return values


def _opset(model: onnx.ModelProto) -> int:
    return next((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), 21)


def _expanded_cases(test: Any) -> Iterator[Case]:
    """The definition of an operator as a graph: all inputs dynamic, the first, and each of the others."""
    values = _values(test)
    able = [name for name, value in values.items() if value.ndim > 0 and value.dtype.kind in "fiubO"]
    if not able:
        raise Skipped("no input with rows")
    data = [name for name in able if name not in _SHAPE_LIKE]
    choices = [tuple(data), tuple(able), *((name,) for name in able)]
    for dynamic in itertools.islice(dict.fromkeys(one for one in choices if one), 4):
        yield _expanded(test, values, dynamic)


def _expanded(test: Any, values: dict[str, np.ndarray], dynamic: tuple[str, ...]) -> Case:
    graph = test.model.graph
    slots = {name: Slot(values[name], "shape" if name in _SHAPE_LIKE else "data") for name in dynamic}
    inputs = [Input(name, slot.dynamic_dims, slot.values, slot.dynamic_pool) for name, slot in slots.items()]
    constants = [to_tensor(value, name) for name, value in values.items() if name not in dynamic]
    model = make_model(graph.node, inputs, constants, [one.name for one in graph.output])
    model.functions.extend(test.model.functions)
    model.opset_import.extend(one for one in test.model.opset_import if one.domain not in ("", "ai.onnx"))
    described = [f"{one.name}[{','.join(map(str, one.dims))}]" for one in inputs]
    return Case(
        kind="expanded",
        domain="",
        op=test.name.removeprefix("test_"),
        setting=f"dynamic {', '.join(described)}",
        model=model,
        inputs=tuple(inputs),
        opsets=older_opsets(_opset(test.model)),
    )
