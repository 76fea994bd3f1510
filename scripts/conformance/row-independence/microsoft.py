"""Operators of com.microsoft that the runtime's own optimiser, its quantiser and its exporters write into models."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from cases import Case, Sample, Slot, constant, flags, floats, ints, settings, texts, weight, weight_ints

_DOMAIN = "com.microsoft"


def cases() -> Iterator[Case]:
    for sample in itertools.chain(
        _activations(),
        _norms(),
        _attention(),
        _cached_attention(),
        _rotary(),
        _products(),
        _low_bits(),
        _quantised_elementwise(),
        _quantised_layers(),
        _embeddings(),
        _shapes(),
        _signals_and_tokens(),
        _experts_and_states(),
    ):
        yield from settings(sample, 6)


def _ms(op: str, *slots: Slot | None, outputs: tuple[str, ...] = ("y",), **attributes: object) -> Sample:
    return Sample(op, 17, slots, attributes, outputs, _DOMAIN, older=False)


def _bytes(*dims: int | str, dtype: type = np.uint8) -> Slot:
    low, high = (0, 255) if dtype is np.uint8 else (-100, 100)
    return ints(*dims, low=low, high=high, dtype=dtype)


def _scale(value: float = 0.05) -> Slot:
    return constant(np.array(value))


def _zero(value: int = 120, dtype: type = np.uint8) -> Slot:
    return constant(np.array(value), dtype)


def _activations() -> Iterator[Sample]:
    for dims in (("N", 8), ("N", 3, 8), ("N", "S", 8), ("N",)):
        yield _ms("Gelu", floats(*dims))
        yield _ms("QuickGelu", floats(*dims), alpha=1.7)
        yield _ms("FastGelu", floats(*dims))
        if dims[-1] == 8:
            yield _ms("BiasGelu", floats(*dims), weight(8))
            yield _ms("FastGelu", floats(*dims), weight(8))
    yield _ms("BiasGelu", floats("N", 8), floats("N"))
    for dims in (("N", 4), ("N", 2, 4), ("N",)):
        yield _ms("GatedAdd", floats(*dims), floats(*dims), floats(*dims))
        yield _ms("GatedAdd", floats(*dims), floats(*dims), floats("N", *[1] * (len(dims) - 1)))


def _norms() -> Iterator[Sample]:
    for dims in (("N", 3, 8), ("N", "S", 8), ("N", 8)):
        skip = floats(*dims)
        plain = ("y", "", "", "sum")
        yield _ms("SkipLayerNormalization", floats(*dims), skip, weight(8), weight(8))
        yield _ms("SkipLayerNormalization", floats(*dims), skip, weight(8), weight(8), weight(8), outputs=plain)
        yield _ms("SkipLayerNormalization", floats(*dims), skip, weight(8))
        yield _ms("SkipSimplifiedLayerNormalization", floats(*dims), skip, weight(8), outputs=plain)
        yield _ms("SkipSimplifiedLayerNormalization", floats(*dims), skip, weight(8), weight(8))
        yield _ms("GatedRMSNorm", floats(*dims), weight(8), floats(*dims))
    for skip_dims in ((3, 8), (1, 3, 8), (2, 3, 8)):
        yield _ms("SkipLayerNormalization", floats("N", 3, 8), weight(*skip_dims), weight(8), weight(8))
        yield _ms("SkipSimplifiedLayerNormalization", floats("N", 3, 8), weight(*skip_dims), weight(8))
    yield _ms("SkipLayerNormalization", floats("N", 8), floats("N", 3, 8), weight(8), weight(8))


def _attention() -> Iterator[Sample]:
    data = floats("N", 3, 8)
    projection, bias = weight(8, 24), weight(24)
    for attributes in ({}, {"unidirectional": 1}, {"scale": 0.3}):
        yield _ms("Attention", data, projection, bias, num_heads=2, **attributes)
        yield _ms("Attention", floats("N", "S", 8), projection, bias, num_heads=4, **attributes)
    yield _ms("Attention", data, weight(8, 20), weight(20), num_heads=2, qkv_hidden_sizes=[8, 8, 4])
    lengths = ints("N", low=1, high=4, dtype=np.int32)
    for mask in (lengths, ints("N", 3, high=2, dtype=np.int32), ints("N", 3, 3, high=2, dtype=np.int32)):
        yield _ms("Attention", data, projection, bias, mask, num_heads=2)
    for mask in ([2], [2, 3], [2, 3, 0, 1], [[1, 1, 0]], [[1, 1, 0], [1, 0, 0]]):
        yield _ms("Attention", data, projection, bias, constant(mask, np.int32), num_heads=2)
    for added in (weight(1, 2, 3, 3), weight(1, 1, 3, 3), floats("N", 2, 3, 3), floats("N", 1, 3, 3)):
        yield _ms("Attention", data, projection, bias, None, None, added, num_heads=2)
    # The past has its rows on axis 1.
    yield _ms("Attention", data, projection, bias, None, weight(2, 1, 2, 2, 4), outputs=("y", "present"), num_heads=2)
    yield _ms("Attention", data, projection, bias, None, weight(2, 2, 2, 2, 4), outputs=("y", "present"), num_heads=2)
    yield _ms("Attention", data, projection, bias, outputs=("y", "present"), num_heads=2)
    query, key, value = floats("N", 3, 8), floats("N", 5, 8), floats("N", 5, 8)
    for attributes in ({}, {"unidirectional": 1}):
        yield _ms("MultiHeadAttention", query, key, value, num_heads=2, **attributes)
        yield _ms("MultiHeadAttention", query, key, value, weight(24), num_heads=2, **attributes)
    for mask in (
        ints("N", 5, high=2, dtype=np.int32),
        ints("N", 3, 5, high=2, dtype=np.int32),
        lengths,
        constant([[1, 1, 1, 0, 0]], np.int32),
    ):
        yield _ms("MultiHeadAttention", query, key, value, None, mask, num_heads=2)
    for added in (weight(1, 1, 3, 5), floats("N", 2, 3, 5), weight(1, 2, 3, 5)):
        yield _ms("MultiHeadAttention", query, key, value, None, None, added, num_heads=2)
    past = floats("N", 2, 2, 4)
    yield _ms(
        "MultiHeadAttention",
        query,
        floats("N", 3, 8),
        floats("N", 3, 8),
        None,
        None,
        None,
        past,
        past,
        outputs=("y", "key", "value_out"),
        num_heads=2,
    )
    yield _ms("MultiHeadAttention", query, floats("N", 2, 5, 4), floats("N", 2, 5, 4), num_heads=2)
    yield _ms("MultiHeadAttention", floats("N", 3, 2, 3, 4), num_heads=2)
    quantised = (
        _bytes("N", 3, 8),
        weight_ints(8, 24, low=-100, high=100, dtype=np.int8),
        weight(24),
        _scale(),
        _scale(0.02),
    )
    yield _ms("QAttention", *quantised, num_heads=2)
    for attributes in ({"unidirectional": 1}, {}):
        yield _ms("QAttention", *quantised, lengths, _zero(), _zero(3, np.int8), num_heads=2, **attributes)
    yield _ms(
        "QAttention",
        *quantised,
        None,
        _zero(),
        _zero(3, np.int8),
        weight(2, 1, 2, 2, 4),
        outputs=("y", "present"),
        num_heads=2,
    )


def _cached_attention() -> Iterator[Sample]:
    past = floats("N", 2, 4, 8)
    last = ints("N", low=1, high=3, dtype=np.int32)
    total = constant(np.array(4), np.int32)
    outputs = ("y", "key", "value")
    for attributes in ({}, {"local_window_size": 2}, {"softcap": 3.0}, {"scale": 0.2}):
        for heads in (2, 4):
            slots = (floats("N", 1, 8 * heads), floats("N", 1, 16), floats("N", 1, 16), past, past, last, total)
            yield _ms("GroupQueryAttention", *slots, outputs=outputs, num_heads=heads, kv_num_heads=2, **attributes)
    same = Slot(np.array([2, 2], np.int32), dims=("N",))
    prompt = (
        floats("N", 3, 16),
        floats("N", 3, 16),
        floats("N", 3, 16),
        None,
        None,
        same,
        constant(np.array(3), np.int32),
    )
    yield _ms("GroupQueryAttention", *prompt, outputs=outputs, num_heads=2, kv_num_heads=2)
    rotated = (*prompt, weight(8, 4), weight(8, 4))
    yield _ms("GroupQueryAttention", *rotated, outputs=outputs, num_heads=2, kv_num_heads=2, do_rotary=1)
    yield _ms(
        "GroupQueryAttention", floats("N", 3, 48), None, None, *prompt[3:], outputs=outputs, num_heads=2, kv_num_heads=2
    )
    for width in (1, 2):
        slots = (
            floats("N", 1, 8),
            floats("N", 1, 8),
            floats("N", 1, 8),
            None,
            None,
            floats("N", 2, 4, 4),
            floats("N", 2, 4, 4),
            constant([2], np.int32),
            constant([width], np.int32),
        )
        yield _ms(
            "DecoderMaskedMultiHeadAttention",
            *slots,
            outputs=("y", "key", "value"),
            num_heads=2,
            past_present_share_buffer=1,
        )
    cross = (floats("N", 1, 8), floats("N", 2, 3, 4), floats("N", 2, 3, 4))
    yield _ms("DecoderMaskedMultiHeadAttention", *cross, num_heads=2)
    yield _ms("DecoderMaskedMultiHeadAttention", *cross, ints("N", 3, high=2, dtype=np.int32), num_heads=2)


def _rotary() -> Iterator[Sample]:
    cache = (weight(6, 2), weight(6, 2))
    for interleaved, (dims, attributes) in itertools.product(
        (0, 1), ((("N", 3, 8), {"num_heads": 2}), (("N", 2, 3, 4), {}))
    ):
        for positions in (
            ints("N", 3, high=6),
            constant([0]),
            constant([2]),
            constant([[0, 1, 2]]),
            constant([[0, 1, 2], [1, 2, 3]]),
        ):
            yield _ms("RotaryEmbedding", floats(*dims), positions, *cache, interleaved=interleaved, **attributes)
    for sections in ([1, 1, 0], [2, 0, 0]):
        yield _ms(
            "MRotaryEmbedding",
            floats("N", 3, 8),
            constant(np.zeros((3, 1, 3), np.int64)),
            *cache,
            mrope_section=sections,
            num_heads=2,
        )
        yield _ms(
            "MRotaryEmbedding",
            floats("N", 2, 3, 4),
            constant(np.zeros((3, 2, 3), np.int64)),
            *cache,
            mrope_section=sections,
        )


def _products() -> Iterator[Sample]:
    for turn_a, turn_b in itertools.product((0, 1), (0, 1)):
        turned = {"transA": turn_a, "transB": turn_b, "alpha": 0.5}
        second = weight(4, 3) if turn_b else weight(3, 4)
        yield _ms("FusedMatMul", floats("N", 3), second, **turned)
        yield _ms("TransposeMatMul", floats("N", 3), second, **turned)
        batched = (
            floats("N", 3, 2) if turn_a else floats("N", 2, 3),
            floats("N", 4, 3) if turn_b else floats("N", 3, 4),
        )
        yield _ms("FusedMatMul", *batched, **turned)
        yield _ms("FusedMatMul", batched[0], second, **turned)
        yield _ms("TransposeMatMul", *batched, **turned)
        yield _ms("FusedMatMul", floats("N", 3), floats("N", 3), **turned)
        yield _ms("FusedMatMul", floats("N", 2, 3), floats("N", 2, 3), **turned)
        for activation in ("Relu", "LeakyRelu", "Sigmoid"):
            yield _ms(
                "FusedGemm",
                floats("N", 3),
                second,
                weight(4),
                transA=turn_a,
                transB=turn_b,
                activation=activation,
                activation_alpha=0.1,
            )
    for batch_a, batch_b in itertools.product((0, 1), (0, 1)):
        slots = (floats("N", 2, 3), floats("N", 2, 3))
        yield _ms("FusedMatMul", *slots, transBatchA=batch_a, transBatchB=batch_b, transB=1)
        yield _ms("FusedMatMul", floats("N", 2, 2, 3), floats("N", 2, 3, 2), transBatchA=batch_a, transBatchB=batch_b)
    for bias in ((4,), (1, 4), (2, 4), ("N", 4), ("N",)):
        third = floats(*bias) if "N" in bias else weight(*bias)
        yield _ms("FusedGemm", floats("N", 3), weight(3, 4), third, activation="Relu")
    for dims in (("N", 3), ("N", 2, 3), ("N", "S", 3)):
        kernel = weight_ints(3, 4, low=-100, high=100, dtype=np.int8)
        yield _ms("DynamicQuantizeMatMul", floats(*dims), kernel, _scale())
        yield _ms("DynamicQuantizeMatMul", floats(*dims), kernel, _scale(), _zero(1, np.int8), weight(4))
        yield _ms("MatMulIntegerToFloat", _bytes(*dims), kernel, _scale(), _scale())
        yield _ms(
            "MatMulIntegerToFloat",
            _bytes(*dims),
            kernel,
            _scale(),
            constant([0.1, 0.2, 0.3, 0.4]),
            _zero(),
            None,
            weight(4),
        )
        yield _ms(
            "MatMulInteger16",
            ints(*dims, low=-50, high=50, dtype=np.int16),
            weight_ints(3, 4, low=-50, high=50, dtype=np.int16),
        )
    for metric in ("euclidean", "sqeuclidean"):
        yield _ms("CDist", floats("N", 3), weight(4, 3), metric=metric)
        yield _ms("CDist", floats("N", 3), floats("N", 3), metric=metric)
        yield _ms("CDist", weight(2, 3), floats("N", 3), metric=metric)
    # Matrices that are not square end the runtime.
    for dims in (("N", 2, 2), ("N", 2, 3, 3), ("N", 1, 1)):
        yield _ms("Inverse", floats(*dims))


def _low_bits() -> Iterator[Sample]:
    for bits, level, dims in itertools.product((4, 8), (0, 1, 4), (("N", 32), ("N", 2, 32), ("N", "S", 32))):
        packed = weight_ints(8, 1, 32 * bits // 8)
        attributes = {"K": 32, "N": 8, "bits": bits, "block_size": 32, "accuracy_level": level}
        yield _ms("MatMulNBits", floats(*dims), packed, weight(8), **attributes)
        if bits == 4:
            yield _ms("MatMulNBits", floats(*dims), packed, weight(8), weight_ints(8), None, weight(8), **attributes)
    for kind in (0, 1):
        for dims in (("N", 32), ("N", 2, 32)):
            yield _ms(
                "MatMulBnb4", floats(*dims), weight_ints(128), weight(8), K=32, N=8, block_size=32, quant_type=kind
            )
    for gather, quantised in ((0, 1), (0, -1), (1, 0)):
        yield _ms(
            "GatherBlockQuantized",
            weight_ints(8, 16),
            ints("N", high=8),
            weight(8, 1),
            gather_axis=gather,
            quantize_axis=quantised,
            block_size=16,
            bits=8,
        )
        yield _ms(
            "GatherBlockQuantized",
            weight_ints(8, 16),
            ints("N", 3, high=8),
            weight(8, 1),
            gather_axis=gather,
            quantize_axis=quantised,
            block_size=16,
            bits=8,
        )


def _quantised_elementwise() -> Iterator[Sample]:
    pairs = (
        (("N", 3), ("N", 3)),
        (("N", 3), (3,)),
        (("N", 3), (1, 3)),
        (("N", 3), ("N", 1)),
        (("N", 3), (2, 3)),
        (("N", 2, 3), ("N", 3)),
        (("N", 1), ("N",)),
        (("N",), ("N",)),
        (("N", 16), (16,)),
    )
    for op, (a, b), dtype in itertools.product(("QLinearAdd", "QLinearMul"), pairs, (np.uint8, np.int8)):
        second = _bytes(*b, dtype=dtype)
        if "N" not in b:
            second = Slot(second.values, "weight")
        zero = _zero(3, dtype)
        yield _ms(op, _bytes(*a, dtype=dtype), _scale(), zero, second, _scale(0.1), zero, _scale(0.1), zero)
    for dims, dtype in itertools.product((("N",), ("N", 3), ("N", 2, 3), ("N", "S")), (np.uint8, np.int8)):
        quantised = (_scale(), _zero(3, dtype), _scale(0.02), _zero(5, dtype))
        yield _ms("QLinearSigmoid", _bytes(*dims, dtype=dtype), *quantised)
        yield _ms("QLinearLeakyRelu", _bytes(*dims, dtype=dtype), *quantised, alpha=0.1)
        yield _ms("QuantizeLinear", floats(*dims), _scale(), _zero(3, dtype))
        yield _ms("DequantizeLinear", _bytes(*dims, dtype=dtype), _scale(), _zero(3, dtype))
    for axis in (0, 1, 2, -1):
        per_axis = (constant([0.1, 0.2, 0.3]), constant([1, 2, 3], np.uint8))
        yield _ms("QuantizeLinear", floats("N", 3, 3), *per_axis, axis=axis)
        yield _ms("DequantizeLinear", _bytes("N", 3, 3), *per_axis, axis=axis)
    for condition, a, b in (
        (("N", 3), ("N", 3), ("N", 3)),
        (("N", 1), ("N", 3), ("N", 3)),
        (("N",), ("N", 3), ("N", 3)),
        (("N", 3), ("N", 3), ("N", 1)),
    ):
        yield _ms(
            "QLinearWhere",
            flags(*condition),
            _bytes(*a),
            _scale(),
            _zero(),
            _bytes(*b),
            _scale(),
            _zero(),
            _scale(),
            _zero(),
        )


def _quantised_layers() -> Iterator[Sample]:
    for axis, opset in itertools.product((-3, -2, -1, 0, 1, 2), (11, 13)):
        yield _ms(
            "QLinearSoftmax", _bytes("N", 3, 4), _scale(), _zero(), _scale(1 / 256), _zero(0), axis=axis, opset=opset
        )
    for axis in (-2, -1, 0, 1):
        yield _ms(
            "QLinearConcat",
            _scale(),
            _zero(),
            _bytes("N", 3),
            _scale(0.1),
            _zero(),
            _bytes("N", 3),
            _scale(0.2),
            _zero(),
            axis=axis,
        )
        yield _ms(
            "QLinearConcat",
            _scale(),
            _zero(),
            _bytes("N", 3),
            _scale(0.1),
            _zero(),
            weight_ints(1, 3),
            _scale(0.2),
            _zero(),
            axis=axis,
        )
    image, last = _bytes("N", 2, 4, 4), _bytes("N", 4, 4, 2)
    quantised = (_scale(), _zero(), _scale(0.04), _zero())
    for attributes in ({}, {"strides": [2, 2]}, {"pads": [1, 1, 1, 1], "count_include_pad": 1}, {"ceil_mode": 1}):
        yield _ms("QLinearAveragePool", image, *quantised, kernel_shape=[2, 2], **attributes)
        yield _ms("QLinearAveragePool", last, *quantised, kernel_shape=[2, 2], channels_last=1, **attributes)
        yield _ms(
            "NhwcMaxPool",
            last,
            kernel_shape=[2, 2],
            **{name: value for name, value in attributes.items() if name != "count_include_pad"},
        )
    for channels_last in (0, 1):
        data = last if channels_last else image
        yield _ms("QLinearGlobalAveragePool", data, *quantised, channels_last=channels_last)
        kernel = weight_ints(3, 2, 3, 3)
        yield _ms(
            "QLinearConv",
            data,
            _scale(),
            _zero(),
            kernel,
            _scale(),
            _zero(),
            _scale(),
            _zero(),
            channels_last=channels_last,
        )
    yield _ms("QLinearGlobalAveragePool", _bytes("N", 2, 5, 3), *quantised)
    for turn_a, turn_b in itertools.product((0, 1), (0, 1)):
        kernel = weight_ints(4, 3) if turn_b else weight_ints(3, 4)
        slots = (_bytes("N", 3), _scale(), _zero(), kernel, _scale(), _zero(100))
        yield _ms("QGemm", *slots, transA=turn_a, transB=turn_b)
        yield _ms("QGemm", *slots, weight_ints(4, dtype=np.int32), _scale(), _zero(), transA=turn_a, transB=turn_b)
    yield _ms(
        "QGemm",
        _bytes("N", 3),
        _scale(),
        _zero(),
        weight_ints(3, 4),
        _scale(),
        _zero(),
        weight_ints(2, 4, dtype=np.int32),
    )
    for activation, added in itertools.product(("Relu", "Sigmoid", "Tanh"), (None, floats("N", 3, 3, 3))):
        fused = () if added is None else (added,)
        yield _ms("FusedConv", floats("N", 2, 5, 5), weight(3, 2, 3, 3), weight(3), *fused, activation=activation)
    yield _ms("FusedConv", floats("N", 2, 5, 5), weight(3, 2, 3, 3), weight(3), weight(1, 3, 3, 3), activation="Relu")
    yield _ms(
        "FusedConv", floats("N", 2, 5, 5), weight(4, 1, 3, 3), activation="LeakyRelu", activation_params=[0.1], group=2
    )
    for pads in ([0, 0, 0, 0], [1, 1, 1, 1]):
        yield _ms("ConvTransposeWithDynamicPads", floats("N", 2, 4, 4), weight(2, 3, 3, 3), constant(pads))
        yield _ms(
            "ConvTransposeWithDynamicPads",
            floats("N", 2, 4, 4),
            weight(2, 3, 3, 3),
            constant(pads),
            weight(3),
            strides=[2, 2],
        )
    for mask in (ints("N", 2, 4, 4, high=2, dtype=np.int32), constant(np.ones((1, 2, 4, 4)), np.int32)):
        yield _ms("MaxpoolWithMask", floats("N", 2, 4, 4), mask, kernel_shape=[2, 2])
    for direction, ways in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
        parameters = (weight_ints(ways, 2, 12), weight_ints(ways, 3, 12), weight(ways, 24))
        tail = (constant([0.05] * ways), constant([120] * ways, np.uint8)) * 2
        yield _ms(
            "DynamicQuantizeLSTM",
            floats("N", 2, 2),
            *parameters,
            None,
            None,
            None,
            None,
            *tail,
            outputs=("y", "h", "c"),
            hidden_size=3,
            direction=direction,
        )
        attention = (weight(2, 4, 2),)
        yield _ms(
            "AttnLSTM",
            floats("N", 2, 2),
            weight(ways, 12, 6),
            weight(ways, 12, 3),
            weight(ways, 24),
            None,
            None,
            None,
            None,
            weight(ways, 3, 2),
            weight(ways, 2, 2),
            weight(ways, 2),
            *attention,
            None,
            weight(ways, 5, 4),
            outputs=("y", "h", "c"),
            hidden_size=3,
            direction=direction,
        )


def _embeddings() -> Iterator[Sample]:
    ids = ints("N", 3, high=6, dtype=np.int32)
    tables = (weight(6, 8), weight(4, 8))
    segments = ints("N", 3, high=2, dtype=np.int32)
    mask = ints("N", 3, high=2, dtype=np.int32)
    yield _ms("EmbedLayerNormalization", ids, None, *tables, None, weight(8), weight(8), outputs=("y", "lengths"))
    yield _ms(
        "EmbedLayerNormalization", ids, segments, *tables, weight(2, 8), weight(8), weight(8), outputs=("y", "lengths")
    )
    for positions in (
        None,
        ints("N", 3, high=4, dtype=np.int32),
        constant([[0, 1, 2]], np.int32),
        constant([[0, 1, 2], [1, 2, 3]], np.int32),
    ):
        slots = (ids, segments, *tables, weight(2, 8), weight(8), weight(8), mask, positions)
        yield _ms("EmbedLayerNormalization", *slots, outputs=("y", "lengths", "sum"))
        yield _ms("EmbedLayerNormalization", *slots, outputs=("y", "lengths"), mask_index_type=1)
    low = [weight_ints(*shape) for shape in ((6, 8), (4, 8), (2, 8), (8,), (8,))]
    ends = (*[_scale()] * 5, *[_zero()] * 5)
    yield _ms("QEmbedLayerNormalization", ids, segments, *low, mask, *ends, outputs=("y", "lengths"))
    yield _ms("QEmbedLayerNormalization", ids, segments, *low, None, *ends, outputs=("y", "lengths"))
    yield _ms(
        "QEmbedLayerNormalization",
        ids,
        None,
        *low[:2],
        None,
        *low[3:],
        None,
        *ends[:2],
        None,
        *ends[3:7],
        None,
        *ends[8:],
        outputs=("y", "lengths"),
    )
    for window, size in ((1, 3), (2, 3), (3, 2)):
        yield _ms(
            "WordConvEmbedding",
            ints("N", 5, low=1, high=6, dtype=np.int32),
            weight(4, 1, window, size),
            weight(4),
            weight(6, size),
            embedding_size=4,
            conv_window_size=window,
            char_embedding_size=size,
        )


def _shapes() -> Iterator[Sample]:
    for axis in (-2, -1, 0, 1, 2):
        yield _ms("ExpandDims", floats("N", 3), constant(np.array(axis), np.int32))
    for upper, k in itertools.product((0, 1), (None, -1, 1)):
        diagonal = () if k is None else (constant(np.array(k)),)
        yield _ms("Trilu", floats("N", 3, 3), *diagonal, upper=upper)
        yield _ms("Trilu", floats("N", 3), *diagonal, upper=upper)
    for pads in ([0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 2, 0]):
        yield _ms("Pad", floats("N", 3), constant(pads), constant(np.array(0.5)), mode="constant")
        yield _ms("Pad", floats("N", 3), constant(pads), mode="edge")
    for dims in (("N",), ("N", 1), ("N", 2)):
        yield _ms("GatherND", floats("N", 3), ints(*dims, high=1, dtype=np.int32))
        yield _ms("GatherND", weight(4, 3), ints(*dims, high=3))
    for dim, size, step in ((1, 2, 1), (-1, 2, 2), (0, 1, 1), (0, 2, 1), (1, 3, 1)):
        yield _ms("UnfoldTensor", floats("N", 4), dim=dim, size=size, step=step)
    for outputs in (("y",), ("y", "indices"), ("y", "indices", "counts")):
        yield _ms("Unique", floats("N"), outputs=outputs)
    limit = Slot(np.array([2.0, 3.0], np.float32), dims=("N",))
    for limits in ((_scale(0.0), limit, _scale(1.0)), (limit, _scale(5.0), _scale(1.0)), (_scale(0.0), limit, limit)):
        yield _ms("Range", *limits)
    for mode in ("bilinear", "nearest", "bicubic"):
        yield _ms("GridSample", floats("N", 2, 4, 4), floats("N", 3, 3, 2), mode=mode)
    for mode in ("bilinear", "nearest"):
        image = floats("N", 1, 4, 4)
        boxes = Slot(np.array([[0, 0, 0.5, 0.5], [0.1, 0.1, 0.9, 0.9]], np.float32), dims=("N", 4))
        yield _ms(
            "CropAndResize", image, boxes, ints("N", high=1, dtype=np.int32), constant([2, 2], np.int32), mode=mode
        )
        yield _ms(
            "CropAndResize",
            weight(2, 1, 4, 4),
            boxes,
            ints("N", high=2, dtype=np.int32),
            constant([2, 2], np.int32),
            mode=mode,
        )


def _signals_and_tokens() -> Iterator[Sample]:
    for dims in (("N",), ("N", 3), ("N", "S")):
        yield _ms("MurmurHash3", ints(*dims, high=99, dtype=np.int32), positive=1)
        yield _ms("MurmurHash3", texts(*dims), positive=0, seed=7)
    for size in (1, 2, 3):
        yield _ms("NGramRepeatBlock", ints("N", 5, high=4), floats("N", 4), ngram_size=size)
    for mark, shortest in itertools.product((0, 1), (1, 2)):
        for dims in (("N",), ("N", 2)):
            yield _ms("Tokenizer", texts(*dims), mark=mark, mincharnum=shortest, pad_value="#", separators=[" "])
            yield _ms("Tokenizer", texts(*dims), mark=mark, mincharnum=shortest, pad_value="#", tokenexp="[a-z]+")
    for dims in (("N", 4), ("N", 1), ("N", "S")):
        yield _ms("DynamicTimeWarping", floats(*dims))
    yield _ms("BifurcationDetector", ints("N"), ints("N"), constant(np.array(0)), outputs=("tokens", "match"))
    yield _ms(
        "BifurcationDetector", ints("N"), ints("N"), constant(np.array(0)), ints("N"), outputs=("tokens", "match")
    )
    for heads, grams in ((2, 2), (1, 3)):
        sizes = weight_ints((grams - 1) * heads, low=5, high=50, dtype=np.int64)
        yield _ms(
            "NGramHashMapping",
            ints("N", 4, high=9),
            weight_ints(grams, low=3, high=99, dtype=np.int64),
            sizes,
            outputs=("hashes", "present"),
            max_ngram_size=grams,
            n_head_per_ngram=heads,
            pad_id=0,
        )


def _experts_and_states() -> Iterator[Sample]:
    for k, activation in itertools.product((1, 2), ("relu", "gelu", "identity")):
        slots = (floats("N", 4), floats("N", 3), weight(3, 6, 4), weight(3, 6), weight(3, 4, 6), weight(3, 4))
        yield _ms("MoE", *slots, k=k, activation_type=activation)
        yield _ms("MoE", *slots, k=k, activation_type=activation, normalize_routing_weights=1)
    yield _ms(
        "MoE", floats("N", 2, 4), floats("N", 3), weight(3, 6, 4), None, weight(3, 4, 6), k=1, activation_type="relu"
    )
    for activation, state in itertools.product(("none", "silu"), (None, floats("N", 3, 2))):
        past = () if state is None else (state,)
        yield _ms(
            "CausalConvWithState",
            floats("N", 3, 5),
            weight(3, 1, 3),
            weight(3),
            *past,
            outputs=("y", "present"),
            activation=activation,
        )
    for rule in ("linear", "gated", "delta"):
        slots = [floats("N", 3, 8), floats("N", 3, 8), floats("N", 3, 8), floats("N", 2, 4, 4)]
        if rule == "gated":
            slots.append(floats("N", 3, 2))
        if rule == "delta":
            slots += [None, floats("N", 3, 2)]
        yield _ms("LinearAttention", *slots, outputs=("y", "present"), q_num_heads=2, kv_num_heads=2, update_rule=rule)
    for dims in (("N", 3), ("N", 2, 3), ("N", "S", 3)):
        yield _ms("LinearAttentionGate", floats(*dims), weight(3), weight(3))
        yield _ms("LinearAttentionGate", floats(*dims), weight(3), weight(3), floats(*dims), outputs=("decay", "beta"))
    for dims in (("N", 2, 2, 4), ("N", "S", 2, 4), ("N", 1, 1, 8)):
        yield _ms(
            "EngramGate",
            floats(*dims),
            floats(*dims),
            floats("N", *dims[1:2], dims[3]),
            weight(*dims[2:]),
            weight(*dims[2:]),
        )
    yield _ms("SampleOp", floats("N", 3))
    yield _ms("SampleOp", floats("N"))
    yield _ms("SampleOp", floats("N", 2, 3))
