"""Operators that move, pick, join and count elements, with every axis and with the shapes that models use."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from cases import Case, Sample, Slot, constant, flags, floats, ints, natural_settings, settings, weight
from variants import permutations, subsets

_FAR = 1 << 31
"""The number that exporters write for the end of an axis."""


def cases() -> Iterator[Case]:
    yield from natural_settings(
        itertools.chain(
            _reshapes(), _expansions(), _slices(), _pads(), _splits(), _tiles(), _transposes(), _squeezes(), _resizes()
        )
    )
    for sample in itertools.chain(_concats(), _gathers(), _scatters(), _reductions(), _orders(), _others(), _einsums()):
        yield from settings(sample, 4)


def _reshapes() -> Iterator[Sample]:
    shapes = {
        ("N", 4): (
            [0, 4],
            [-1, 4],
            [0, -1],
            [-1, 2, 2],
            [0, 2, 2],
            [-1, 2],
            [-1],
            [1, -1],
            [-1, 1],
            [4, -1],
            [2, -1],
            [-1, 8],
            [0, 2, -1],
            [-1, 1, 4],
            [1, -1, 4],
            [0, 1, 2, 2],
            [2, 4],
        ),
        ("N", 2, 3): (
            [0, 0, 0],
            [0, 0, -1],
            [-1, 6],
            [0, -1],
            [-1, 3],
            [0, 6],
            [-1, 2, 3],
            [0, 3, 2],
            [2, -1, 3],
            [-1, 0, 3],
            [0, -1, 1],
            [0, 1, -1],
            [3, -1],
            [-1, 1, 3],
            [0, 0, 3, 1],
            [-1, 3, 2],
            [1, -1, 6],
            [0, -1, 3],
            [0, 3, -1],
            [6, -1],
        ),
        ("N",): ([-1, 1], [1, -1], [0], [-1], [0, 1, 1], [1, 1, -1], [2, -1]),
        ("N", 4, 1, 3): (
            [0, 12],
            [0, 4, 3],
            [-1, 12],
            [0, 2, 2, 3],
            [-1, 4, 3],
            [-1, 3],
            [0, 0, -1],
            [0, -1, 3],
            [4, -1],
            [-1, 3, 4],
        ),
        ("N", 1): ([-1], [0], [1, -1], [0, -1], [-1, 1, 1], [0, 1]),
        ("N", "S", 4): (
            [0, 0, 2, 2],
            [0, -1, 4],
            [-1, 4],
            [0, -1],
            [0, 0, -1],
            [0, 4, -1],
            [-1, 2],
            [0, -1, 2],
            [-1, 0, 4],
            [1, -1, 4],
        ),
        ("N", "S"): ([0, -1, 1], [-1, 1], [0, 1, -1], [0, -1], [-1]),
    }
    for dims, targets in shapes.items():
        for target, allow_zero in itertools.product(targets, (0, 1)):
            yield Sample(
                "Reshape", 21, (floats(*dims), constant(target)), {"allowzero": allow_zero} if allow_zero else {}
            )
    for dims in (("N", 4), ("N", 2, 3), ("N",), ("N", "S", 4)):
        for axis in range(-3, 4):
            yield Sample("Flatten", 21, (floats(*dims),), {"axis": axis})


def _expansions() -> Iterator[Sample]:
    for dims, target in (
        (("N", 3), [1, 3]),
        (("N", 3), [3]),
        (("N", 3), [1]),
        (("N", 1), [1, 4]),
        (("N", 1), [3, 4]),
        (("N", 3), [2, 3]),
        (("N", 3), [1, 1, 3]),
        (("N", 3), [2, 1, 3]),
        (("N", 1, 3), [1, 4, 3]),
        (("N", 1, 3), [2, 4, 3]),
        (("N",), [1]),
        (("N",), [3]),
        (("N",), [2, 1]),
        (("N", "S"), [1, 1]),
        (("N", 1, "S"), [1, 4, 1]),
        (("N", 1), [4]),
    ):
        yield Sample("Expand", 13, (floats(*dims), constant(target)))


def _slices() -> Iterator[Sample]:
    ranges = [
        (0, _FAR, 1),
        (0, 1, 1),
        (1, _FAR, 1),
        (-1, _FAR, 1),
        (0, -1, 1),
        (0, _FAR, 2),
        (-1, -_FAR, -1),
        (1, 2, 1),
        (0, 2, 1),
        (0, 3, 1),
        (-3, _FAR, 1),
    ]
    for axis, (start, end, step) in itertools.product((0, 1, 2, -1, -2, -3), ranges):
        slots = (floats("N", 3, 4), *(constant([value]) for value in (start, end, axis, step)))
        yield Sample("Slice", 13, slots)
        if step == 1:
            yield Sample("Slice", 9, slots[:1], {"axes": [axis], "starts": [start], "ends": [end]}, older=False)
    for starts, ends, axes in (
        ([0, 0], [_FAR, 2], [0, 1]),
        ([0, 1], [1, 3], [0, 2]),
        ([0, 0], [2, 2], None),
        ([0, 1, 0], [_FAR, 2, 2], None),
        ([1], [_FAR], None),
        ([0], [_FAR], None),
    ):
        tail = () if axes is None else (constant(axes),)
        yield Sample("Slice", 13, (floats("N", 3, 4), constant(starts), constant(ends), *tail))
    for axis in (0, 1, 2):
        yield Sample("Slice", 13, (floats("N", "S", 4), constant([0]), constant([1]), constant([axis])))


def _pads() -> Iterator[Sample]:
    for axis, (before, after), mode in itertools.product(
        range(3), ((1, 0), (0, 2), (-1, 0), (0, 0), (1, -1)), ("constant", "edge", "reflect", "wrap")
    ):
        pads = [0] * 6
        pads[axis], pads[axis + 3] = before, after
        yield Sample("Pad", 21, (floats("N", 3, 4), constant(pads)), {"mode": mode})
        yield Sample(
            "Pad", 18, (floats("N", 3, 4), constant([before, after]), None, constant([axis - 3])), {"mode": mode}
        )
        yield Sample("Pad", 2, (floats("N", 3, 4),), {"mode": mode, "pads": pads}, older=False)
        yield Sample("Pad", 8, (floats("N", 3, 4),), {"mode": mode, "pads": pads}, older=False)
    yield Sample("Pad", 13, (floats("N", 3), constant([0, 1, 0, 1]), constant(np.array(7.0))))


def _splits() -> Iterator[Sample]:
    for axis in (-3, -2, -1, 0, 1, 2):
        size = (2, 4, 6)[axis]
        yield Sample("Split", 18, (floats("N", 4, 6),), {"axis": axis, "num_outputs": 2}, ("a", "b"))
        for parts in ([1, size - 1], [size // 2, size // 2]):
            yield Sample("Split", 13, (floats("N", 4, 6), constant(parts)), {"axis": axis}, ("a", "b"))
            yield Sample("Split", 11, (floats("N", 4, 6),), {"axis": axis, "split": parts}, ("a", "b"), older=False)
            yield Sample("Split", 2, (floats("N", 4, 6),), {"axis": axis, "split": parts}, ("a", "b"), older=False)
        yield Sample("Split", 18, (floats("N", 4, 6),), {"axis": axis, "num_outputs": 1}, ("a",))
    yield Sample("Split", 13, (floats("N", 4, 6),), {}, ("a", "b"))


def _tiles() -> Iterator[Sample]:
    for repeats in ([1, 1, 1], [1, 2, 1], [1, 1, 3], [2, 1, 1], [1, 2, 2], [3, 2, 1]):
        yield Sample("Tile", 13, (floats("N", 3, 2), constant(repeats)))
    for repeats in ([1], [2]):
        yield Sample("Tile", 13, (floats("N"), constant(repeats)))


def _transposes() -> Iterator[Sample]:
    for dims in (("N",), ("N", 3), ("N", 3, 2), ("N", 2, 3, 2), ("N", "S", 2), ("N", 1), ("N", 1, 3)):
        yield Sample("Transpose", 21, (floats(*dims),))
        for perm in permutations(len(dims)):
            yield Sample("Transpose", 13, (floats(*dims),), {"perm": list(perm)})


def _squeezes() -> Iterator[Sample]:
    for dims, axes in (
        (("N", 1, 3), [1]),
        (("N", 1, 3), [-2]),
        (("N", 1, 3), None),
        (("N", 1, 1), [1, 2]),
        (("N", 1, 1), [-1]),
        (("N", 3), [0]),
        (("N", 1), None),
        (("N", 3), None),
        (("N", 1), [0]),
        (("N", 1), [1]),
    ):
        yield Sample("Squeeze", 13, (floats(*dims), *([] if axes is None else [constant(axes)])))
        yield Sample("Squeeze", 11, (floats(*dims),), {} if axes is None else {"axes": axes}, older=False)
    for axes in ([0], [1], [2], [-1], [-2], [-3], [0, 1], [1, 2], [1, 3], [-1, -2], [0, -1], [3, 1], [2, 0]):
        yield Sample("Unsqueeze", 13, (floats("N", 3), constant(axes)))
        yield Sample("Unsqueeze", 11, (floats("N", 3),), {"axes": axes}, older=False)


def _resizes() -> Iterator[Sample]:
    for scales in ([1, 1, 2, 2], [1, 1, 0.5, 1], [1, 2, 1, 1], [2, 1, 1, 1], [1, 1, 1.5, 2]):
        for mode in ("nearest", "linear", "cubic"):
            yield Sample("Resize", 19, (floats("N", 2, 4, 4), None, constant(scales, np.float32)), {"mode": mode})
            yield Sample("Resize", 13, (floats("N", 2, 4, 4), None, constant(scales, np.float32)), {"mode": mode})
            yield Sample(
                "Resize", 10, (floats("N", 2, 4, 4), constant(scales, np.float32)), {"mode": mode}, older=False
            )
            yield Sample(
                "Upsample", 9, (floats("N", 2, 4, 4), constant(scales, np.float32)), {"mode": mode}, older=False
            )
            yield Sample(
                "Upsample",
                7,
                (floats("N", 2, 4, 4),),
                {"mode": mode, "scales": [float(one) for one in scales]},
                older=False,
            )
    for sizes, axes in (
        ([1, 2, 8, 8], None),
        ([2, 2, 8, 8], None),
        ([3, 2, 4, 4], None),
        ([6, 6], [2, 3]),
        ([8], [3]),
        ([4], [0]),
        ([4], [1]),
        ([6, 6], [-2, -1]),
    ):
        for mode in ("nearest", "linear", "cubic"):
            yield Sample(
                "Resize",
                19,
                (floats("N", 2, 4, 4), None, None, constant(sizes)),
                {"mode": mode, **({"axes": axes} if axes else {})},
            )
    roi = constant([0, 0, 0, 0, 1, 1, 0.5, 0.5], np.float32)
    yield Sample(
        "Resize",
        19,
        (floats("N", 2, 4, 4), roi, None, constant([1, 2, 3, 3])),
        {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"},
    )
    yield Sample(
        "Resize",
        19,
        (floats("N", 2, 4, 4), None, constant([2.0, 2.0])),
        {"mode": "linear", "antialias": 1, "axes": [2, 3]},
    )
    yield Sample("Resize", 19, (floats("N", 4), None, constant([1.0, 2.0])), {"mode": "nearest"})
    yield Sample("Resize", 19, (floats("N", 4), None, constant([2.0, 1.0])), {"mode": "nearest"})


def _concats() -> Iterator[Sample]:
    for axis in (-3, -2, -1, 0, 1, 2):
        yield Sample("Concat", 13, (floats("N", 3, 4), floats("N", 3, 4)), {"axis": axis})
        yield Sample("Concat", 13, (floats("N", 3, 4), weight(1, 3, 4)), {"axis": axis})
        yield Sample("Concat", 13, (floats("N", 3, 4), weight(2, 3, 4)), {"axis": axis})
        yield Sample("Concat", 13, (floats("N", "S", 4), floats("N", "S", 4), floats("N", "S", 4)), {"axis": axis})
    yield Sample("Concat", 13, (floats("N"), floats("N")), {"axis": 0})
    yield Sample("Concat", 13, (floats("N", 3),), {"axis": 0})
    yield Sample("Concat", 4, (floats("N", 3), floats("N", 3)), {"axis": 1}, older=False)


def _gathers() -> Iterator[Sample]:
    for axis, indices in itertools.product((-3, -2, -1, 0, 1, 2), ([0], [-1], [1, 0], [[0, 1], [1, 1]])):
        yield Sample("Gather", 13, (floats("N", 3, 4), constant(indices)), {"axis": axis})
    for axis in range(-3, 3):
        yield Sample("Gather", 13, (floats("N", 3, 4), constant(np.array(0))), {"axis": axis})
        yield Sample("Gather", 13, (weight(3, 3, 3), ints("N")), {"axis": axis})
        yield Sample("Gather", 13, (weight(3, 3, 3), ints("N", 2)), {"axis": axis})
        yield Sample("Gather", 13, (floats("N", 3, 3), ints("N", high=2)), {"axis": axis})
        yield Sample("Gather", 13, (floats("N", "S", 3), ints("N", 2, high=1)), {"axis": axis})
        yield Sample("GatherElements", 13, (floats("N", 3, 3), ints("N", 3, 3, high=2)), {"axis": axis})
        yield Sample("GatherElements", 13, (floats("N", 3, 3), ints("N", 2, 1, low=-1, high=2)), {"axis": axis})
        yield Sample("GatherElements", 13, (floats("N", 3, 3), constant(np.zeros((1, 3, 3), np.int64))), {"axis": axis})
    for batch, index_dims, high in itertools.product(
        (0, 1, 2), (("N", 1), ("N", 3, 1), ("N", 3, 2), ("N", 2), ("N", 3)), (1, 2)
    ):
        yield Sample("GatherND", 13, (floats("N", 3, 3, 2), ints(*index_dims, high=high)), {"batch_dims": batch})
    yield Sample("GatherND", 12, (weight(3, 3), ints("N", 2)))
    yield Sample("GatherND", 12, (weight(3, 3), ints("N", 2, 1)))
    yield Sample("GatherND", 12, (floats("N", 3), constant([[0, 1], [0, 2]])))
    yield Sample("GatherND", 11, (weight(3, 3), ints("N", 2)), older=False)


def _scatters() -> Iterator[Sample]:
    for reduction in ("none", "add", "mul", "max"):
        attributes = {} if reduction == "none" else {"reduction": reduction}
        for axis in range(-3, 3):
            indices = Slot(np.tile(np.array([[[0, 1, 2]]]), (2, 3, 1)), dims=("N", 3, 3))
            yield Sample(
                "ScatterElements", 18, (floats("N", 3, 3), indices, floats("N", 3, 3)), {"axis": axis, **attributes}
            )
            one = Slot(np.zeros((2, 1, 1), np.int64), dims=("N", 1, 1))
            yield Sample(
                "ScatterElements", 18, (floats("N", 3, 3), one, floats("N", 1, 1)), {"axis": axis, **attributes}
            )
            yield Sample(
                "ScatterElements",
                18,
                (floats("N", 3, 3), constant([[[1, 0, 2]]]), weight(1, 1, 3)),
                {"axis": axis, **attributes},
            )
        yield Sample("ScatterND", 18, (floats("N", 3), ints("N", 1, high=1), floats("N", 3)), attributes)
        yield Sample("ScatterND", 18, (floats("N", 3), ints("N", 2, high=1), floats("N")), attributes)
        yield Sample("ScatterND", 18, (floats("N", 3), constant([[0]]), weight(1, 3)), attributes)
        yield Sample("ScatterND", 18, (floats("N", 3), constant([[-1]]), weight(1, 3)), attributes)
        yield Sample("ScatterND", 18, (weight(4, 3), ints("N", 1, high=4), floats("N", 3)), attributes)
    for axis in range(-2, 2):
        yield Sample("Scatter", 9, (floats("N", 3), ints("N", 2, high=1), floats("N", 2)), {"axis": axis}, older=False)
        yield Sample("Scatter", 9, (floats("N", 3), constant([[0, 1]]), weight(1, 2)), {"axis": axis}, older=False)


def _reductions() -> Iterator[Sample]:
    names = [f"Reduce{what}" for what in "Sum Mean Max Min Prod L1 L2 LogSum LogSumExp SumSquare".split()]
    for op, keep, axes in itertools.product(names, (0, 1), subsets(3)):
        attributes = {"keepdims": keep}
        yield Sample(op, 18, (floats("N", 3, 2), constant(np.array(axes, np.int64))), attributes)
        yield Sample(op, 11, (floats("N", 3, 2),), {**attributes, "axes": list(axes)}, older=False)
    for op in names:
        yield Sample(op, 18, (floats("N", 3, 2),), {"noop_with_empty_axes": 1})
        yield Sample(op, 18, (floats("N", 3, 2),))
        yield Sample(op, 18, (floats("N"),))
        yield Sample(op, 18, (floats("N", "S"), constant([1])))
        yield Sample(op, 18, (floats("N", "S"), constant([0])))
    for op, axis, keep, last in itertools.product(("ArgMax", "ArgMin"), range(-2, 2), (0, 1), (0, 1)):
        yield Sample(op, 13, (floats("N", 3),), {"axis": axis, "keepdims": keep, "select_last_index": last})
        if last == 0:
            yield Sample(op, 11, (floats("N", "S", 2),), {"axis": axis, "keepdims": keep}, older=False)
    for op in ("ArgMax", "ArgMin"):
        yield Sample(op, 13, (floats("N", 3),))


def _orders() -> Iterator[Sample]:
    for axis in range(-2, 2):
        for largest, ordered in itertools.product((0, 1), (0, 1)):
            yield Sample(
                "TopK",
                11,
                (floats("N", 3), constant([1])),
                {"axis": axis, "largest": largest, "sorted": ordered},
                ("values", "indices"),
            )
        yield Sample("TopK", 10, (floats("N", 3), constant([2])), {"axis": axis}, ("values", "indices"), older=False)
        yield Sample("TopK", 1, (floats("N", 3),), {"axis": axis, "k": 1}, ("values", "indices"), older=False)
        yield Sample("TopK", 9, (floats("N", 3),), {"axis": axis, "k": 1}, ("values", "indices"), older=False)
        for exclusive, reverse in itertools.product((0, 1), (0, 1)):
            yield Sample(
                "CumSum", 14, (floats("N", 3), constant(np.array(axis))), {"exclusive": exclusive, "reverse": reverse}
            )
            yield Sample(
                "CumProd", 26, (floats("N", 3), constant(np.array(axis))), {"exclusive": exclusive, "reverse": reverse}
            )
        yield Sample("CumSum", 11, (floats("N", 3), constant([axis])))
        yield Sample("Hardmax", 13, (floats("N", 3),), {"axis": axis})
        yield Sample("LpNormalization", 22, (floats("N", 3),), {"axis": axis, "p": 2})
        yield Sample("LpNormalization", 1, (floats("N", 3),), {"axis": axis, "p": 1})
        yield Sample("Compress", 11, (floats("N", 3), constant([True, False, True], np.bool_)), {"axis": axis})
        yield Sample("Unique", 11, (ints("N", 3),), {"axis": axis}, ("y", "indices", "inverse", "counts"))
    yield Sample("Compress", 11, (floats("N", 3), constant([True, False, True], np.bool_)))
    yield Sample("Compress", 11, (floats("N", 3), flags("N")), {"axis": 0})
    yield Sample("Unique", 11, (ints("N", 3),))
    for op, axis, version in itertools.product(("Softmax", "LogSoftmax"), range(-3, 3), (1, 11, 13)):
        if axis >= 0 or version > 1:
            yield Sample(op, version, (floats("N", 3, 2),), {"axis": axis}, older=False)
    for op, version in itertools.product(("Softmax", "LogSoftmax", "Hardmax"), (11, 13)):
        yield Sample(op, version, (floats("N", 3, 2),), older=False)
        yield Sample(op, version, (floats("N"),), older=False)
        yield Sample(op, version, (floats("N", "S"),), older=False)


def _others() -> Iterator[Sample]:
    for axis in range(-3, 3):
        yield Sample("OneHot", 11, (ints("N", 2), constant(np.array(3)), constant([0.0, 1.0])), {"axis": axis})
    for axis in range(-2, 2):
        yield Sample("OneHot", 9, (ints("N"), constant([4]), constant([0, 1])), {"axis": axis}, older=False)
    for upper, k in itertools.product((0, 1), (None, -1, 0, 1)):
        diagonal = () if k is None else (constant(np.array(k)),)
        for dims in (("N", 3), ("N", 3, 3), ("N", 2, 3, 3), ("N", "S", "S")):
            yield Sample("Trilu", 14, (floats(*dims), *diagonal), {"upper": upper})
    for start, end in itertools.product((None, 0, 1, -1, 2), (None, 1, 2, -1, 3)):
        attributes = {name: value for name, value in (("start", start), ("end", end)) if value is not None}
        yield Sample("Shape", 15, (floats("N", 3, 2),), attributes)
    for k in (-1, 0, 1):
        yield Sample("EyeLike", 9, (floats("N", 3),), {"k": k})
    yield Sample("Size", 21, (floats("N", 3),))
    yield Sample("ConstantOfShape", 21, (ints("N", low=1, high=3),))
    for batch in (0, 1):
        lengths = ints("N", low=1, high=3)
        yield Sample("ReverseSequence", 10, (floats("N", 3, 2), lengths), {"batch_axis": batch, "time_axis": 1 - batch})
        yield Sample(
            "ReverseSequence", 10, (floats("N", 3, 2), constant([2, 1])), {"batch_axis": batch, "time_axis": 1 - batch}
        )
        yield Sample(
            "ReverseSequence",
            10,
            (floats("N", 3, 2), constant([2, 1, 3])),
            {"batch_axis": batch, "time_axis": 1 - batch},
        )
    for mode in ("DCR", "CRD"):
        yield Sample("DepthToSpace", 13, (floats("N", 4, 2, 3),), {"blocksize": 2, "mode": mode})
    yield Sample("DepthToSpace", 11, (floats("N", 4, "H", "W"),), {"blocksize": 2})
    yield Sample("SpaceToDepth", 13, (floats("N", 1, 4, 2),), {"blocksize": 2})
    for dims in (("N",), ("N", 3), ("N", 2, 3)):
        yield Sample("RandomNormalLike", 1, (floats(*dims),), {"seed": 1.0})
        yield Sample("RandomUniformLike", 1, (floats(*dims),), {"seed": 1.0})
        yield Sample("NonZero", 13, (floats(*dims),))
    for size in (1, 2, 4):
        yield Sample("Multinomial", 7, (floats("N", 3),), {"sample_size": size, "seed": 1.0})
    yield Sample("Range", 11, (constant(np.array(0)), constant(np.array(3)), constant(np.array(1))))


def _einsums() -> Iterator[Sample]:
    one = (
        "ij->ij",
        "ij->ji",
        "ij->i",
        "ij->j",
        "ij->",
        "ij",
        "ji",
        "bij->bji",
        "bij->b",
        "bij->ij",
        "bij->bi",
        "...j->...",
        "...ij->...ji",
        "bii->bi",
        "ii->i",
        "i...->...",
    )
    for equation in one:
        rank = max(2, sum(letter.isalpha() for letter in equation.split("->")[0]))
        dims = ("N", *[3] * (rank - 1))
        yield Sample("Einsum", 12, (floats(*dims),), {"equation": equation})
    two = (
        ("ij,jk->ik", ("N", 3), (3, 2)),
        ("ij,kj->ik", ("N", 3), (2, 3)),
        ("ij,ij->i", ("N", 3), ("N", 3)),
        ("ij,ij->ij", ("N", 3), ("N", 3)),
        ("ij,kj->ik", ("N", 3), ("N", 3)),
        ("ij,ik->ijk", ("N", 3), ("N", 2)),
        ("ij,ij->j", ("N", 3), ("N", 3)),
        ("bij,bjk->bik", ("N", 2, 3), ("N", 3, 2)),
        ("bij,jk->bik", ("N", 2, 3), (3, 2)),
        ("bij,bkj->bik", ("N", 2, 3), ("N", 2, 3)),
        ("bij,bij->ij", ("N", 2, 3), ("N", 2, 3)),
        ("i,j->ij", ("N",), (3,)),
        ("i,j->ij", ("N",), ("N",)),
        ("j,i->ji", (3,), ("N",)),
        ("bhid,bhjd->bhij", ("N", 2, 3, 2), ("N", 2, 3, 2)),
        ("bhid,bhjd->hbij", ("N", 2, 3, 2), ("N", 2, 3, 2)),
        ("...ij,...jk->...ik", ("N", 2, 3), ("N", 3, 2)),
        ("...j,jk->...k", ("N", 2, 3), (3, 2)),
        ("bi,ij->j", ("N", 3), (3, 2)),
        ("ij,jk", ("N", 3), (3, 2)),
        ("bnd,bmd->bnm", ("N", "S", 3), ("N", "S", 3)),
        ("bi,bj->bij", ("N", "S"), ("N", "S")),
        ("ij,i->ij", ("N", 3), ("N",)),
    )
    for equation, a, b in two:
        slots = tuple(floats(*dims) if "N" in dims else weight(*dims) for dims in (a, b))
        yield Sample("Einsum", 12, slots, {"equation": equation})
