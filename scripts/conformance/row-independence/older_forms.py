"""Forms of operators in older versions of the standard, and operators that only the runtime still has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from cases import Case, Sample, Slot, constant, flags, floats, ints, settings, weight


def cases() -> Iterator[Case]:
    for sample in itertools.chain(_with_attributes(), _versions(), _experimental()):
        yield from settings(sample, 4)


def _old(op: str, opset: int, *slots: Slot | None, outputs: tuple[str, ...] = ("y",), **attributes: object) -> Sample:
    return Sample(op, opset, slots, attributes, outputs, older=False)


def _with_attributes() -> Iterator[Sample]:
    """Operators with an attribute that is an input today."""
    for dims in (("N",), ("N", 3), ("N", 2, 3), ("N", "S")):
        yield _old("Clip", 6, floats(*dims), min=-0.5, max=0.5)
        yield _old("Clip", 7, floats(*dims), min=0.0)
        yield _old("Dropout", 7, floats(*dims), ratio=0.4)
        yield _old("Dropout", 10, floats(*dims), outputs=("y", "mask"), ratio=0.4)
    for spatial in (0, 1):
        shape = (3,) if spatial else (3, 2, 2)
        spread = Slot(np.full(shape, 0.7, np.float32), "weight")
        yield _old(
            "BatchNormalization",
            7,
            floats("N", 3, 2, 2),
            weight(*shape),
            weight(*shape),
            weight(*shape),
            spread,
            spatial=spatial,
        )
    for axis in range(-3, 3):
        yield _old("Squeeze", 7, floats("N", 1, 1), axes=[axis])
        yield _old("Unsqueeze", 7, floats("N", 3), axes=[axis])
        yield _old("ReduceSum", 7, floats("N", 3, 2), axes=[axis], keepdims=0)
        yield _old("ReduceMean", 13, floats("N", 3, 2), axes=[axis])
        yield _old("ReduceL2", 11, floats("N", 3, 2), axes=[axis])
        yield _old("Slice", 7, floats("N", 3, 2), axes=[axis], starts=[0], ends=[1])
        yield _old("Flatten", 9, floats("N", 3, 2), axis=axis)
        yield _old("Flatten", 11, floats("N", 3, 2), axis=axis)
        yield _old("Hardmax", 9, floats("N", 3, 2), axis=axis)
        yield _old("Hardmax", 11, floats("N", 3, 2), axis=axis)
        yield _old("ArgMax", 7, floats("N", 3, 2), axis=axis)
        yield _old("Concat", 7, floats("N", 3, 2), floats("N", 3, 2), axis=axis)
        yield _old("Gather", 7, floats("N", 3, 2), constant([0, 1]), axis=axis)
        yield _old("Compress", 9, floats("N", 3, 2), constant([True, False], np.bool_), axis=axis)
    yield _old("Slice", 7, floats("N", 3, 2), starts=[0, 1], ends=[1 << 30, 2])
    yield _old("Slice", 7, floats("N", 3, 2), starts=[0], ends=[1])
    yield _old("Split", 7, floats("N", 4), outputs=("a", "b"))
    yield _old("Split", 7, floats("N", 4), outputs=("a", "b"), axis=1)
    yield _old("TopK", 7, floats("N", 4), outputs=("values", "indices"), k=2)
    yield _old("Upsample", 7, floats("N", 2, 3, 3), scales=[1.0, 1.0, 2.0, 2.0])


def _versions() -> Iterator[Sample]:
    for version in (7, 13):
        yield _old("Transpose", version, floats("N", 3, 2), perm=[0, 2, 1])
        yield _old("Transpose", version, floats("N", 3, 2), perm=[1, 0, 2])
        yield _old("Reshape", version, floats("N", 6), constant([0, 2, 3]))
        yield _old("Reshape", version, floats("N", 6), constant([-1, 3]))
        yield _old("MatMul", version, floats("N", 3), weight(3, 2))
        yield _old("Cast", version, floats("N", 3), to=7)
        yield _old("Tile", version, floats("N", 3), constant([1, 2]))
        yield _old("Tile", version, floats("N", 3), constant([2, 1]))
        yield _old("Shape", version, floats("N", 3))
        yield _old("PRelu", version, floats("N", 3), weight(3))
        yield _old("LeakyRelu", version, floats("N", 3), alpha=0.1)
        yield _old("InstanceNormalization", version, floats("N", 3, 4), weight(3), weight(3))
        yield _old("DepthToSpace", version, floats("N", 4, 2, 2), blocksize=2)
        yield _old("Pad", 2, floats("N", 3), pads=[0, 1, 0, 1])
    for target in ([3, 1], [1, 3], [2, 3]):
        yield _old("Expand", 8, floats("N", 1), constant(target))
    yield _old("Where", 9, flags("N", 3), floats("N", 3), floats("N", 3))
    yield _old("Where", 9, flags("N", 1), floats("N", 3), weight(1))
    yield _old("Equal", 7, ints("N", 3), ints("N", 3))
    yield _old(
        "Resize",
        11,
        floats("N", 1, 3, 3),
        Slot(np.zeros(0, np.float32), "shape"),
        constant([1.0, 1.0, 2.0, 2.0]),
        mode="nearest",
    )
    yield _old(
        "Resize",
        11,
        floats("N", 1, 3, 3),
        Slot(np.zeros(0, np.float32), "shape"),
        constant([2.0, 1.0, 1.0, 1.0]),
        mode="nearest",
    )
    yield _old("MaxPool", 7, floats("N", 1, 4, 4), kernel_shape=[2, 2])
    yield _old("MaxPool", 8, floats("N", 1, 4, 4), outputs=("y", "indices"), kernel_shape=[2, 2])
    yield _old("AveragePool", 7, floats("N", 1, 4, 4), kernel_shape=[2, 2])
    yield _old("MaxUnpool", 9, floats("N", 1, 2, 2), ints("N", 1, 2, 2, high=4), kernel_shape=[2, 2], strides=[2, 2])
    yield _old(
        "MaxUnpool",
        9,
        floats("N", 1, 2, 2),
        ints("N", 1, 2, 2, high=4),
        constant([1, 1, 4, 4]),
        kernel_shape=[2, 2],
        strides=[2, 2],
    )
    yield _old("NonMaxSuppression", 10, floats("N", 3, 4), floats("N", 1, 3), constant([2]))
    yield _old("CumSum", 11, floats("N", 3), constant(np.array(1)))
    yield _old("DequantizeLinear", 10, ints("N", 3, high=255, dtype=np.uint8), constant(np.array(0.1)))
    yield _old("QuantizeLinear", 10, floats("N", 3), constant(np.array(0.1)), constant(np.array(3), np.uint8))
    yield _old("DequantizeLinear", 13, ints("N", 3, high=255, dtype=np.uint8), constant([0.1, 0.2, 0.3]), axis=1)
    yield _old("DequantizeLinear", 13, ints("N", 3, high=255, dtype=np.uint8), constant([0.1, 0.2]), axis=0)
    yield _old("ConstantOfShape", 9, ints("N", low=1, high=3))
    for version in (7, 9, 11, 12):
        yield _old("Gemm", version, floats("N", 3), weight(3, 2), weight(2))
        yield _old("Softmax", version, floats("N", 2, 3))
        yield _old("Softmax", version, floats("N", 3), axis=0)


def _experimental() -> Iterator[Sample]:
    """Operators that older exporters wrote into the standard domain."""
    image = floats("N", 3, 4, 4)
    yield _old("Affine", 7, floats("N", 3), alpha=2.0, beta=1.0)
    yield _old("Affine", 7, floats("N", "S"), alpha=0.5, beta=0.0)
    yield _old("Affine", 7, image, alpha=0.5)
    for border in ([1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 2, 2]):
        yield _old("Crop", 7, image, border=border)
    for scale in (0.5, 1.0, 2.0):
        yield _old("ImageScaler", 7, image, scale=scale, bias=[0.1, 0.2, 0.3])
        yield _old("Scale", 7, floats("N", 3), scale=scale)
        yield _old("ParametricSoftplus", 7, floats("N", 3), alpha=scale, beta=0.3)
        yield _old("ScaledTanh", 7, floats("N", 3), alpha=scale, beta=0.3)
        yield _old("ThresholdedRelu", 9, floats("N", 3), alpha=scale)
    for axis in (-3, -2, -1, 0, 1, 2):
        shape = (2, 4, 3)[axis if axis < 0 else axis - 3 :]
        yield _old("SimplifiedLayerNormalization", 13, floats("N", 4, 3), weight(*shape), axis=axis)
        starts, ends = constant([0]), constant([1])
        yield _old("DynamicSlice", 7, floats("N", 4, 3), starts, ends, constant([axis]))
