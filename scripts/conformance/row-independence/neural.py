"""Layers of networks: products, convolutions, pools, normalisations, recurrent cells, attention."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from cases import Case, Sample, Slot, constant, floats, ints, settings, weight, weight_ints


def cases() -> Iterator[Case]:
    for sample in itertools.chain(
        _products(),
        _quantised_products(),
        _convolutions(),
        _pools(),
        _normalisations(),
        _recurrent(),
        _attention(),
        _vision(),
        _losses(),
        _precisions(),
    ):
        yield from settings(sample, 6)


def _products() -> Iterator[Sample]:
    pairs: tuple[tuple[tuple[int | str, ...], tuple[int | str, ...]], ...] = (
        (("N", 3), (3, 4)),
        (("N", 3), (3,)),
        (("N", 3), (3, 1)),
        (("N", 2, 3), (3, 4)),
        (("N", 2, 3), ("N", 3, 4)),
        (("N", 2, 3), (2, 3, 4)),
        (("N", 2, 3), (1, 3, 4)),
        (("N", 2, 3), (2, 1, 3, 4)),
        (("N", 2, 2, 3), ("N", 2, 3, 2)),
        (("N", 2, 2, 3), (2, 3, 2)),
        (("N", 2, 2, 3), ("N", 3, 2)),
        (("N",), ("N",)),
        (("N",), ("N", 3)),
        (("N", 3), ("N", 3)),
        (("N", 1), (1, 4)),
        (("N", "S", 3), (3, 2)),
        (("N", "S", 3), ("N", 3, 2)),
        (("N", 2, 3), (3,)),
        (("N", 3, 1), (1, 2)),
        (("N", 64), (64, 32)),
        (("N", 256), (256, 1)),
        (("N", 7, 48), (48, 33)),
        (("N", 300), (300, 10)),
    )
    for a, b in pairs:
        yield Sample("MatMul", 13, tuple(floats(*dims) if "N" in dims else weight(*dims) for dims in (a, b)))
    for a in ((3,), (2, 3), (1, 3), (2, 2, 3), (1, 2, 3)):
        yield Sample("MatMul", 13, (weight(*a), floats("N", 3)))
        yield Sample("MatMul", 13, (weight(*a), floats("N", 3, 2)))
        yield Sample("MatMul", 13, (weight(*a), floats("N", 2, 3, 2)))
    for turn_a, turn_b in itertools.product((0, 1), (0, 1)):
        turned = {"transA": turn_a, "transB": turn_b}
        for size, bias in itertools.product(
            (3, 64), ((4,), (1, 4), (1,), (), None, (2, 4), ("N", 4), ("N", 1), ("N",), (2, 1))
        ):
            second = weight(4, size) if turn_b else weight(size, 4)
            third = () if bias is None else (floats(*bias) if "N" in bias else weight(*bias),)
            yield Sample("Gemm", 13, (floats("N", size), second, *third), turned)
        yield Sample("Gemm", 11, (floats("N", 3), floats("N", 3)), turned)
    yield Sample("Gemm", 7, (floats("N", 3), weight(3, 4), weight(4)), {"alpha": 0.5, "beta": 0.0}, older=False)
    yield Sample("Gemm", 9, (floats("N", 3), weight(3, 4), weight(4)), {"alpha": 0.5}, older=False)
    yield Sample("Det", 22, (floats("N", 3, 3),))
    yield Sample("Det", 11, (floats("N", 2, 3, 3),))


def _quantised_products() -> Iterator[Sample]:
    scale, zero = constant(np.array(0.05)), constant(np.array(120), np.uint8)
    data = ints("N", 4, high=255, dtype=np.uint8)
    for second in (weight_ints(4, 3), weight_ints(4, 3, low=-100, high=100, dtype=np.int8)):
        second_zero = constant(np.array(3), second.values.dtype)
        yield Sample("MatMulInteger", 10, (data, second))
        yield Sample("MatMulInteger", 10, (data, second, zero, second_zero))
        yield Sample("MatMulInteger", 10, (ints("N", 2, 4, high=255, dtype=np.uint8), second, zero, second_zero))
        yield Sample("QLinearMatMul", 10, (data, scale, zero, second, scale, second_zero, scale, zero))
    yield Sample("MatMulInteger", 10, (data, weight_ints(4, 3), ints("N", high=9, dtype=np.uint8)))
    yield Sample(
        "QLinearMatMul",
        10,
        (
            ints("N", 2, 4, high=255, dtype=np.uint8),
            scale,
            zero,
            ints("N", 4, 2, high=255, dtype=np.uint8),
            scale,
            zero,
            scale,
            zero,
        ),
    )
    image = ints("N", 2, 5, 5, high=255, dtype=np.uint8)
    kernel = weight_ints(3, 2, 3, 3)
    yield Sample("ConvInteger", 10, (image, kernel, zero))
    yield Sample("QLinearConv", 10, (image, scale, zero, kernel, scale, zero, scale, zero))
    yield Sample(
        "QLinearConv",
        10,
        (
            image,
            scale,
            zero,
            kernel,
            constant([0.1, 0.2, 0.3]),
            constant([0, 1, 2], np.uint8),
            scale,
            zero,
            weight_ints(3, dtype=np.int32),
        ),
    )
    for dims in (("N",), ("N", 3), ("N", 2, 3)):
        yield Sample("DynamicQuantizeLinear", 11, (floats(*dims),), {}, ("y", "scale", "zero"))


def _convolutions() -> Iterator[Sample]:
    image = floats("N", 2, 5, 5)
    for attributes in (
        {},
        {"pads": [1, 1, 1, 1]},
        {"strides": [2, 2]},
        {"dilations": [2, 2]},
        {"auto_pad": "SAME_UPPER"},
        {"kernel_shape": [3, 3]},
    ):
        for version in (11, 22):
            yield Sample("Conv", version, (image, weight(3, 2, 3, 3), weight(3)), attributes, older=False)
    yield Sample("Conv", 11, (image, weight(4, 1, 3, 3)), {"group": 2})
    yield Sample("Conv", 11, (image, weight(32, 2, 1, 1)))
    yield Sample("Conv", 11, (floats("N", 16, 6, 6), weight(16, 16, 3, 3)))
    yield Sample("Conv", 11, (floats("N", 16, 6, 6), weight(16, 1, 3, 3)), {"group": 16})
    yield Sample("Conv", 11, (floats("N", 2, 7), weight(3, 2, 3)))
    yield Sample("Conv", 11, (floats("N", 1, 4, 4, 4), weight(2, 1, 2, 2, 2)))
    yield Sample("Conv", 11, (floats("N", 2, "H", "W"), weight(3, 2, 1, 1)))
    yield Sample("Conv", 11, (floats("N", 4), weight(1, 1, 1)))
    for attributes in ({}, {"strides": [2, 2]}, {"pads": [1, 1, 1, 1]}, {"output_padding": [1, 1], "strides": [2, 2]}):
        yield Sample("ConvTranspose", 11, (image, weight(2, 3, 3, 3), weight(3)), attributes)
    yield Sample("ConvTranspose", 11, (image, weight(2, 2, 3, 3)), {"group": 2})
    offset = floats("N", 18, 3, 3)
    yield Sample("DeformConv", 19, (image, weight(3, 2, 3, 3), offset))
    yield Sample("DeformConv", 19, (image, weight(3, 2, 3, 3), offset, weight(3)))
    for size in (2, 3):
        yield Sample("Col2Im", 18, (floats("N", 4 * size, 4), constant([4, 4]), constant([2, 2])), {"strides": [2, 2]})


def _pools() -> Iterator[Sample]:
    image = floats("N", 2, 5, 5)
    for op in ("MaxPool", "AveragePool", "LpPool"):
        for attributes in (
            {},
            {"strides": [2, 2]},
            {"pads": [1, 1, 1, 1]},
            {"ceil_mode": 1, "strides": [2, 2]},
            {"auto_pad": "SAME_LOWER"},
            {"dilations": [2, 2]},
        ):
            for version in (8, 11, 12, 19, 22):
                yield Sample(op, version, (image,), {"kernel_shape": [2, 2], **attributes}, older=False)
        yield Sample(op, 11, (floats("N", 2, 6),), {"kernel_shape": [3]})
        yield Sample(op, 11, (floats("N", 1, 4, 4, 4),), {"kernel_shape": [2, 2, 2]})
    for order in (0, 1):
        yield Sample("MaxPool", 12, (image,), {"kernel_shape": [2, 2], "storage_order": order}, ("y", "indices"))
        yield Sample(
            "MaxPool", 12, (floats("N", 2, 6),), {"kernel_shape": [2], "storage_order": order}, ("y", "indices")
        )
    for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
        for dims in (("N", 2, 5), ("N", 2, 4, 5), ("N", 1, 3, 3, 2)):
            yield Sample(op, 2 if op == "GlobalLpPool" else 13, (floats(*dims),))
    yield Sample(
        "MaxUnpool",
        11,
        (floats("N", 1, 2, 2), ints("N", 1, 2, 2, high=16)),
        {"kernel_shape": [2, 2], "strides": [2, 2]},
    )
    yield Sample(
        "MaxUnpool",
        11,
        (floats("N", 1, 2, 2), constant([[[[0, 3], [8, 15]]]])),
        {"kernel_shape": [2, 2], "strides": [2, 2]},
    )
    regions = Slot(np.array([[0, 0, 0, 3, 3], [1, 1, 1, 4, 4]], np.float32), dims=("N", 5))
    yield Sample("MaxRoiPool", 1, (image, regions), {"pooled_shape": [2, 2]})
    yield Sample("MaxRoiPool", 1, (weight(2, 2, 5, 5), regions), {"pooled_shape": [2, 2]})
    boxes = Slot(np.array([[0, 0, 3, 3], [1, 1, 4, 4]], np.float32), dims=("N", 4))
    for mode, version in itertools.product(("avg", "max"), (10, 16)):
        slots = (image, boxes, ints("N", high=1))
        yield Sample("RoiAlign", version, slots, {"mode": mode, "output_height": 2, "output_width": 2}, older=False)


def _normalisations() -> Iterator[Sample]:
    image = floats("N", 3, 4, 4)
    spread = Slot(np.array([0.5, 1.0, 2.0], np.float32), "weight")
    parameters = (weight(3), weight(3), weight(3), spread)
    for version in (7, 9, 14, 15):
        yield Sample("BatchNormalization", version, (image, *parameters), {"epsilon": 1e-4}, older=False)
        yield Sample("BatchNormalization", version, (floats("N", 3), *parameters), older=False)
    for dims in (("N", 3, 4, 4), ("N", 3), ("N", 3, 4)):
        yield Sample("BatchNormalization", 15, (floats(*dims), *parameters), {"training_mode": 1}, ("y", "mean", "var"))
        yield Sample(
            "BatchNormalization",
            14,
            (floats(*dims), *parameters),
            {"training_mode": 1},
            ("y", "mean", "var"),
            older=False,
        )
    for dims in (("N", 3, 4, 4), ("N", 3, 5)):
        yield Sample("InstanceNormalization", 6, (floats(*dims), weight(3), weight(3)))
    for groups, version in itertools.product((1, 2, 4), (18, 21)):
        scale = groups if version == 18 else 4
        yield Sample(
            "GroupNormalization",
            version,
            (floats("N", 4, 3, 3), weight(scale), weight(scale)),
            {"num_groups": groups},
            older=False,
        )
    for axis in range(-3, 3):
        shape = (2, 4, 3)[axis if axis < 0 else axis - 3 :]
        for outputs in (("y",), ("y", "mean", "deviation")):
            yield Sample(
                "LayerNormalization", 17, (floats("N", 4, 3), weight(*shape), weight(*shape)), {"axis": axis}, outputs
            )
        yield Sample("LayerNormalization", 17, (floats("N", 4, 3), weight(3)), {"axis": axis})
        yield Sample("RMSNormalization", 23, (floats("N", 4, 3), weight(3)), {"axis": axis})
    yield Sample("LayerNormalization", 17, (floats("N", 4, 3), floats("N", 1, 3), floats("N", 1, 1)), {"axis": -1})
    yield Sample("LayerNormalization", 17, (floats("N", "S", 64), weight(64), weight(64)))
    for size in (1, 3):
        yield Sample("LRN", 13, (image,), {"size": size})
    for axes in ([0, 2, 3], [2, 3], [1], [0], [1, 2, 3], [0, 1, 2, 3]):
        yield Sample("MeanVarianceNormalization", 13, (image,), {"axes": axes})
        yield Sample("MeanVarianceNormalization", 9, (image,), {"axes": axes}, older=False)
    yield Sample("MeanVarianceNormalization", 13, (image,))


def _recurrent() -> Iterator[Sample]:
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}
    for (op, factor), direction in itertools.product(gates.items(), ("forward", "reverse", "bidirectional")):
        ways = 2 if direction == "bidirectional" else 1
        hidden = 3
        parameters = (
            weight(ways, factor * hidden, 2),
            weight(ways, factor * hidden, hidden),
            weight(ways, 2 * factor * hidden),
        )
        attributes = {"hidden_size": hidden, "direction": direction}
        outputs = ("y", "h", "c") if op == "LSTM" else ("y", "h")
        for version in (7, 14, 22):
            yield Sample(op, version, (floats("N", 2, 2), *parameters), attributes, outputs, older=False)
        lengths = ints("N", low=1, high=3, dtype=np.int32)
        yield Sample(op, 14, (floats("N", 2, 2), *parameters, constant([1, 2], np.int32)), attributes, outputs)
        state = (weight(ways, 2, hidden),) * (2 if op == "LSTM" else 1)
        yield Sample(op, 14, (floats("N", 2, 2), *parameters, None, *state), attributes, outputs)
        yield Sample(op, 14, (weight(4, 1, 2), *parameters, lengths), attributes, outputs)
        yield Sample(op, 14, (floats("N", 2, 2), *parameters), {**attributes, "layout": 1}, outputs)


def _attention() -> Iterator[Sample]:
    for heads, causal in itertools.product((1, 2), (0, 1)):
        attributes = {"q_num_heads": heads, "kv_num_heads": heads, "is_causal": causal}
        three = (floats("N", 3, 4), floats("N", 5, 4), floats("N", 5, 4))
        yield Sample("Attention", 23, three, attributes)
        yield Sample("Attention", 23, (*three, weight(3, 5)), attributes)
        yield Sample("Attention", 23, (*three, floats("N", 1, 3, 5)), attributes)
        yield Sample("Attention", 23, (*three, floats("N", 5)), attributes)
    four = (floats("N", 2, 3, 4), floats("N", 2, 5, 4), floats("N", 2, 5, 4))
    past = (floats("N", 2, 2, 4), floats("N", 2, 2, 4))
    yield Sample("Attention", 23, four)
    yield Sample("Attention", 23, (*four, None, *past), {}, ("y", "present_key", "present_value"))
    yield Sample("Attention", 23, four, {"softcap": 2.0}, ("y", "", "", "scores"))
    for rotated in (0, 4):
        half = 2 if rotated else 4
        ids = ints("N", 3, high=5)
        heads_input = floats("N", 2, 3, 8)
        attributes = {"rotary_embedding_dim": rotated} if rotated else {}
        yield Sample("RotaryEmbedding", 23, (heads_input, weight(5, half), weight(5, half), ids), attributes)
        yield Sample("RotaryEmbedding", 23, (heads_input, floats("N", 3, half), floats("N", 3, half)), attributes)
        yield Sample("RotaryEmbedding", 23, (heads_input, weight(1, 3, half), weight(1, 3, half)), attributes)
    yield Sample("TensorScatter", 24, (floats("N", 4, 3), floats("N", 1, 3), ints("N")), {"axis": 1})
    yield Sample(
        "TensorScatter", 24, (floats("N", 2, 4, 3), floats("N", 2, 1, 3), ints("N")), {"axis": 2, "mode": "circular"}
    )
    yield Sample("TensorScatter", 24, (floats("N", 4, 3), floats("N", 1, 3)), {"axis": 1})


def _vision() -> Iterator[Sample]:
    image, grid = floats("N", 2, 4, 4), floats("N", 3, 3, 2)
    for mode, padding in itertools.product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")):
        yield Sample("GridSample", 16, (image, grid), {"mode": mode, "padding_mode": padding})
    for corners in (0, 1):
        yield Sample("AffineGrid", 20, (floats("N", 2, 3), constant([2, 3, 4, 4])), {"align_corners": corners})
        yield Sample("AffineGrid", 20, (floats("N", 2, 3), constant([1, 3, 4, 4])), {"align_corners": corners})
    for axes in ([2, 3], [-1], [0], [1]):
        yield Sample("CenterCropPad", 18, (floats("N", 3, 4, 4), constant([3] * len(axes))), {"axes": axes})
    yield Sample("CenterCropPad", 18, (floats("N", 4), constant([2, 3])))
    boxes, scores = floats("N", 3, 4), floats("N", 2, 3)
    yield Sample("NonMaxSuppression", 11, (boxes, scores, constant([2]), constant([0.5]), constant([0.0])))
    signal = floats("N", 16, 1)
    for axis, onesided, inverse in ((1, 0, 0), (1, 1, 0), (1, 0, 1), (-2, 0, 0), (0, 0, 0)):
        attributes = {"onesided": onesided, "inverse": inverse}
        yield Sample("DFT", 20, (signal, None, constant(np.array(axis))), attributes)
        if axis >= 0:
            yield Sample("DFT", 17, (signal,), {"axis": axis, **attributes}, older=False)
    for onesided in (0, 1):
        yield Sample("STFT", 17, (signal, constant(np.array(4)), weight(8)), {"onesided": onesided})
        yield Sample(
            "STFT", 17, (floats("N", 16), constant(np.array(4)), None, constant(np.array(8))), {"onesided": onesided}
        )
    words = {
        "max_gram_length": 1,
        "max_skip_count": 0,
        "min_gram_length": 1,
        "ngram_counts": [0],
        "ngram_indexes": [0, 1, 2],
        "pool_int64s": [0, 1, 2],
    }
    for mode, dims in itertools.product(("TF", "IDF", "TFIDF"), (("N", 5), ("N",))):
        yield Sample("TfIdfVectorizer", 9, (ints(*dims, high=4),), {**words, "mode": mode})


def _losses() -> Iterator[Sample]:
    scores, labels = floats("N", 3), ints("N")
    for op, reduction in itertools.product(
        ("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"), ("none", "mean", "sum")
    ):
        yield Sample(op, 13, (scores, labels), {"reduction": reduction})
        yield Sample(op, 13, (scores, labels, weight(3)), {"reduction": reduction})
        yield Sample(op, 13, (floats("N", 3, 2), ints("N", 2)), {"reduction": reduction})
    yield Sample("SoftmaxCrossEntropyLoss", 13, (scores, labels), {"reduction": "none"}, ("loss", "log"))


def _precisions() -> Iterator[Sample]:
    """Half and double precision: the runtime converts values, or has separate kernels."""
    for dtype in (np.float16, np.float64):
        for size in (3, 64):
            yield Sample("MatMul", 13, (floats("N", size, dtype=dtype), weight(size, 4, dtype=dtype)))
            yield Sample(
                "Gemm", 13, (floats("N", size, dtype=dtype), weight(size, 4, dtype=dtype), weight(4, dtype=dtype))
            )
            yield Sample("Softmax", 13, (floats("N", size, dtype=dtype),))
            yield Sample(
                "LayerNormalization",
                17,
                (floats("N", size, dtype=dtype), weight(size, dtype=dtype), weight(size, dtype=dtype)),
            )
            yield Sample("ReduceMean", 18, (floats("N", size, dtype=dtype), constant([1])))
            yield Sample("ReduceSum", 13, (floats("N", size, dtype=dtype), constant([1])))
        for op in ("Relu", "Sigmoid", "Tanh", "Exp", "Erf", "Sqrt", "Gelu", "LeakyRelu"):
            yield Sample(op, 20 if op == "Gelu" else 13, (floats("N", 5, dtype=dtype),))
        for op in ("Add", "Mul", "Div", "Sub", "Pow"):
            yield Sample(op, 14, (floats("N", 5, dtype=dtype), floats("N", 5, dtype=dtype)))
            yield Sample(op, 14, (floats("N", 5, dtype=dtype), weight(5, dtype=dtype)))
        yield Sample("Conv", 11, (floats("N", 2, 5, 5, dtype=dtype), weight(3, 2, 3, 3, dtype=dtype)))
        yield Sample("AveragePool", 11, (floats("N", 2, 5, 5, dtype=dtype),), {"kernel_shape": [2, 2]})
        yield Sample("CumSum", 14, (floats("N", 5, dtype=dtype), constant(np.array(1))))
