"""Elementwise operators over ranks 1 to 4, with everything that broadcasting allows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx

from cases import Case, Sample, Slot, constant, flags, floats, ints, natural_settings, settings, texts

_UNARY = (
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity "
    "IsInf IsNaN LeakyRelu Log Mish Neg Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt "
    "Swish Tan Tanh ThresholdedRelu"
).split()
_UNARY_OF_INTEGERS = ("Abs", "BitwiseNot", "Neg", "Sign", "Identity")
_BINARY = "Add Sub Mul Div Pow Equal Greater GreaterOrEqual Less LessOrEqual Mod PRelu Max Min Mean Sum".split()
_BINARY_OF_INTEGERS = "Add Sub Mul Equal Greater Less Mod Max Min BitShift BitwiseAnd BitwiseOr BitwiseXor".split()
_BINARY_OF_FLAGS = ("And", "Or", "Xor", "Equal")
_VARIADIC = ("Max", "Min", "Mean", "Sum")
_ATTRIBUTES: dict[str, dict[str, Any]] = {"BitShift": {"direction": "LEFT"}, "Mod": {"fmod": 1}}

Dims = Sequence[int | str]

_SHAPES: tuple[Dims, ...] = (("N",), ("N", 3), ("N", 2, 3), ("N", 2, 3, 2), ("N", "S"), ("N", "S", 3))
_PAIRS: tuple[tuple[Dims, Dims], ...] = (
    (("N",), ("N",)),
    (("N", 3), ("N", 3)),
    (("N", 3), (3,)),
    (("N", 3), (1,)),
    (("N", 3), ()),
    (("N", 3), (1, 3)),
    (("N", 3), (2, 3)),
    (("N", 1), (2, 3)),
    (("N", 3), ("N", 1)),
    (("N", 3), ("N",)),
    (("N", 1), ("N",)),
    (("N", 1), ("N", 3)),
    (("N",), (3,)),
    (("N",), (1, 1)),
    (("N",), (2, 1)),
    (("N", 2, 3), ("N", 3)),
    (("N", 1, 3), ("N", 3)),
    (("N", 2, 3), ("N", 1, 3)),
    (("N", 2, 3), ("N", 2, 1)),
    (("N", 2, 3), (2, 3)),
    (("N", 2, 3), (2, 1)),
    (("N", 2, 3), (1, 2, 3)),
    (("N", 2, 3), (1, 1, 2, 3)),
    (("N", 3), (1, 1, 3)),
    (("N", 3), (2, 1, 3)),
    (("N", 2, 3, 2), ("N", 2, 3, 2)),
    (("N", 2, 3, 2), (2, 1, 1)),
    (("N", 2, 3, 2), ("N", 1, 1, 1)),
    (("N", 2, 3, 2), ("N", 3, 2)),
    (("N", "S"), ("N", "S")),
    (("N", "S"), (1,)),
    (("N", "S", 3), ("N", "S", 1)),
    (("N", "S", 3), ("N", 1, 3)),
    (("N", "S", 3), (3,)),
    (("N", 1), ("N", "S")),
)


def cases() -> Iterator[Case]:
    yield from natural_settings(_unary())
    yield from natural_settings(_binary())
    yield from natural_settings(_with_itself())
    yield from natural_settings(_several())
    yield from natural_settings(_of_texts())
    for sample in _with_parameters():
        yield from settings(sample, 4)


def _unary() -> Iterator[Sample]:
    for op, dims in itertools.product(_UNARY, _SHAPES):
        yield Sample(op, _latest(op), (floats(*dims),))
    for op, dims in itertools.product(_UNARY_OF_INTEGERS, _SHAPES[:4]):
        yield Sample(op, _latest(op), (ints(*dims, low=-5, high=5),))
    for dims in _SHAPES:
        yield Sample("Not", 21, (flags(*dims),))
    for op in _UNARY:
        for version in _versions(op):
            yield Sample(op, version, (floats("N", 3),), older=False)
    for to, dims in itertools.product((1, 6, 7, 9, 10, 11), _SHAPES):
        yield Sample("Cast", 21, (floats(*dims),), {"to": to})


def _binary() -> Iterator[Sample]:
    for op, (a, b) in itertools.product(_BINARY, _PAIRS):
        yield from _both_orders(op, floats(*a), floats(*b))
    for op, (a, b) in itertools.product(_BINARY_OF_INTEGERS, _PAIRS[:20:2]):
        dtype = np.uint8 if op == "BitShift" else np.int64
        yield from _both_orders(op, ints(*a, low=1, high=6, dtype=dtype), ints(*b, low=1, high=6, dtype=dtype))
    for op, (a, b) in itertools.product(_BINARY_OF_FLAGS, _PAIRS[:20:2]):
        yield from _both_orders(op, flags(*a), flags(*b))
    for op in _BINARY:
        for version in _versions(op):
            yield Sample(
                op, version, (floats("N", 3), _as_constant(floats(3))), dict(_ATTRIBUTES.get(op, {})), older=False
            )


def _both_orders(op: str, a: Slot, b: Slot) -> Iterator[Sample]:
    attributes = dict(_ATTRIBUTES.get(op, {}))
    if op == "Mod" and a.values.dtype.kind == "i":
        attributes = {}
    a, b = (slot if slot.dims else _as_constant(slot) for slot in (a, b))
    yield Sample(op, _latest(op), (a, b), attributes)
    yield Sample(op, _latest(op), (b, a), attributes)


def _as_constant(slot: Slot) -> Slot:
    return Slot(slot.values, "shape")


def _with_itself() -> Iterator[Sample]:
    """One tensor as both inputs."""
    for op in ("Add", "Mul", "Sub", "Equal"):
        yield Sample(op, 14, (floats("N", 3), Slot(np.ones((1, 1), np.float32), "shape")))


def _several() -> Iterator[Sample]:
    for op in _VARIADIC:
        yield Sample(op, 13, (floats("N", 3),))
        yield Sample(op, 13, (floats("N", 3), floats("N", 1), constant([0.5, -0.5, 0.1])))
        yield Sample(op, 13, (floats("N", 3), floats("N", 3), floats("N")))
        yield Sample(op, 13, (floats("N", 3), floats("N", 3), constant(np.ones((2, 1)))))
    wheres: tuple[tuple[Dims, Dims, Dims], ...] = (
        (("N", 3), ("N", 3), ("N", 3)),
        (("N", 1), ("N", 3), ("N", 3)),
        (("N", 3), ("N", 3), ()),
        (("N",), ("N",), ("N",)),
        (("N",), ("N", 3), ("N", 3)),
        ((3,), ("N", 3), ("N", 3)),
        (("N", 1, 3), ("N", 2, 3), ()),
        (("N", 2, 3), ("N", 3), (3,)),
        ((2, 1), ("N", 3), ("N", 3)),
        (("N", "S"), ("N", "S"), ()),
    )
    for condition, a, b in wheres:
        slots = (flags(*condition), floats(*a), floats(*b))
        yield Sample("Where", 16, tuple(slot if slot.dims else _as_constant(slot) for slot in slots))


def _of_texts() -> Iterator[Sample]:
    for a, b in _PAIRS[:20]:
        slots = (texts(*a), texts(*b))
        yield Sample("StringConcat", 20, tuple(slot if slot.dims else _as_constant(slot) for slot in slots))
    for dims in _SHAPES[:4]:
        yield Sample("RegexFullMatch", 20, (texts(*dims),), {"pattern": "[a-z ]+"})
        yield Sample("Identity", 21, (texts(*dims),))
        yield Sample("Cast", 21, (texts(*dims, words=("1", "2.5", "-3")),), {"to": 1})
        yield Sample("StringSplit", 20, (texts(*dims),), {"delimiter": " "}, ("parts", "counts"))
        yield Sample("StringNormalizer", 10, (texts(*dims),), {"case_change_action": "LOWER", "locale": "C"})


def _with_parameters() -> Iterator[Sample]:
    for dims in _SHAPES:
        low, high = constant(np.array(-0.5)), constant(np.array(0.5))
        yield Sample("Clip", 13, (floats(*dims), low, high))
        yield Sample("Clip", 13, (floats(*dims), None, high))
        scale, zero = constant(np.array(0.05)), constant(np.array(3), np.uint8)
        yield Sample("QuantizeLinear", 21, (floats(*dims), scale, zero))
        yield Sample("DequantizeLinear", 21, (ints(*dims, high=255, dtype=np.uint8), scale, zero))
        yield Sample("CastLike", 21, (floats(*dims), constant([1])))
        yield Sample("CastLike", 21, (floats(*dims), ints("N")))
        yield Sample("Dropout", 13, (floats(*dims),))
        yield Sample("Dropout", 13, (floats(*dims), constant(np.array(0.5)), constant(np.array(True), np.bool_)))
        yield Sample(
            "Dropout",
            13,
            (floats(*dims), constant(np.array(0.5)), constant(np.array(False), np.bool_)),
            outputs=("y", "mask"),
        )
        yield Sample(
            "Bernoulli", 15, (Slot(np.full((2, *([3] * (len(dims) - 1))), 0.5, np.float32), dims=tuple(dims)),)
        )
    for axis in (-3, -2, -1, 0, 1, 2):
        for size in (2, 3):
            scale, zero = constant(np.linspace(0.01, 0.05, size)), constant(list(range(size)), np.uint8)
            yield Sample("QuantizeLinear", 19, (floats("N", 3, 2), scale, zero), {"axis": axis})
            yield Sample(
                "DequantizeLinear", 19, (ints("N", 3, 2, high=255, dtype=np.uint8), scale, zero), {"axis": axis}
            )
    for block_axis, scale_dims in ((0, (1, 4)), (1, ("N", 2)), (1, (2, 2))):
        scale = floats(*scale_dims) if "N" in scale_dims else _as_constant(floats(*scale_dims))
        yield Sample(
            "QuantizeLinear",
            21,
            (floats("N", 4), Slot(np.abs(scale.values) + 0.01, scale.role, scale.dims)),
            {"axis": block_axis, "block_size": 2, "output_dtype": 3},
        )


def _latest(op: str) -> int:
    return min(onnx.defs.get_schema(op).since_version, 26) if onnx.defs.has(op) else 21


def _versions(op: str) -> list[int]:
    """A version for each form that the operator has had since version 7."""
    every = (schema for schema in onnx.defs.get_all_schemas_with_history() if schema.name == op and schema.domain == "")
    return sorted({max(schema.since_version, 7) for schema in every})
