"""Graphs as exporters write them, and similar graphs whose rows mix. Each names the outputs that are independent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cases import Case
from from_text import from_text

YES = {"y": True}
NO = {"y": False}


def cases() -> Iterator[Case]:
    for name, expected, inputs, nodes, *more in (*_HEADS, *_SHAPES, *_SEQUENCES, *_MIXING, *_BODIES, *_LAYERS, *_PICKS):
        yield from_text(name, inputs, expected, nodes, **(more[0] if more else {}))


Row = tuple[Any, ...]
"""Name, independent outputs, inputs, nodes, and more arguments of `from_text`."""

_X = "float[N,4] x"
_TOKENS = "float[N,S,8] x"
_I = {"zero": 0, "one": 1, "v0": [0], "v1": [1], "v2": [2], "minus": [-1]}

# fmt: off
_HEADS: tuple[Row, ...] = (
    (
        "attention heads by the input's shape",
        YES,
        _TOKENS,
        """
        s = Shape(x) b = Gather(s, zero) t = Gather(s, one)
        b1 = Unsqueeze(b, v0) t1 = Unsqueeze(t, v0)
        split = Concat <axis = 0> (b1, t1, two, four)
        q0 = MatMul(x, wq) k0 = MatMul(x, wk) v0_ = MatMul(x, wv)
        q1 = Reshape(q0, split) k1 = Reshape(k0, split) v1_ = Reshape(v0_, split)
        q = Transpose <perm = [0, 2, 1, 3]> (q1) k = Transpose <perm = [0, 2, 3, 1]> (k1) v = Transpose <perm = [0, 2, 1, 3]> (v1_)
        scores = MatMul(q, k) scaled = Div(scores, root) weights = Softmax <axis = -1> (scaled)
        mixed = MatMul(weights, v) back = Transpose <perm = [0, 2, 1, 3]> (mixed)
        join = Concat <axis = 0> (b1, t1, eight)
        y = Reshape(back, join)
        """,
        {"constants": {**_I, "two": [2], "four": [4], "eight": [8], "root": 2.0, "wq": (8, 8), "wk": (8, 8), "wv": (8, 8)}},
    ),
    (
        "attention heads without the transpose back",
        NO,
        _TOKENS,
        """
        s = Shape(x) b = Gather(s, v0) t = Gather(s, v1)
        split = Concat <axis = 0> (b, t, heads)
        q1 = Reshape(x, split) q = Transpose <perm = [2, 0, 1, 3]> (q1)
        join = Concat <axis = 0> (b, t, eight)
        y = Reshape(q, join)
        """,
        {"constants": {**_I, "heads": [2, 4], "eight": [8]}},
    ),
    (
        "attention heads as extra rows",
        YES,
        "float[N,3,8] x",
        """
        h = Reshape(x, split) t = Transpose <perm = [0, 2, 1, 3]> (h) r = Reshape(t, rows)
        k = Transpose <perm = [0, 2, 1]> (r) scores = MatMul(r, k) w = Softmax <axis = -1> (scores) m = MatMul(w, r)
        u = Reshape(m, heads) b = Transpose <perm = [0, 2, 1, 3]> (u) y = Reshape(b, join)
        """,
        {"constants": {"split": [0, 0, 2, 4], "rows": [-1, 3, 4], "heads": [-1, 2, 3, 4], "join": [0, 0, 8]}},
    ),
    (
        "attention across the rows",
        NO,
        "float[N,3,8] x",
        "t = Transpose <perm = [1, 0, 2]> (x) k = Transpose <perm = [1, 2, 0]> (x) s = MatMul(t, k) w = Softmax <axis = -1> (s) m = MatMul(w, t) y = Transpose <perm = [1, 0, 2]> (m)",
    ),
    (
        "attention with sequence first",
        YES,
        "float[N,3,8] x",
        """
        f = Transpose <perm = [1, 0, 2]> (x) p = MatMul(f, w) h = Reshape(p, split)
        q = Transpose <perm = [1, 2, 0, 3]> (h) k = Transpose <perm = [1, 2, 3, 0]> (h)
        s = MatMul(q, k) a = Softmax <axis = -1> (s) m = MatMul(a, q)
        b = Transpose <perm = [2, 0, 1, 3]> (m) j = Reshape(b, join) y = Transpose <perm = [1, 0, 2]> (j)
        """,
        {"constants": {"w": (8, 8), "split": [3, -1, 2, 4], "join": [3, -1, 8]}},
    ),
    (
        "mask from ids",
        YES,
        "float[N,S,S] x, int64[N,S] ids",
        "e = Equal(ids, none) u = Unsqueeze(e, v1) m = Where(u, low, x) y = Softmax <axis = -1> (m)",
        {"constants": {**_I, "none": 0, "low": -1e9}},
    ),
    (
        "mask of other rows",
        NO,
        "float[N,4] x, int64[N] ids",
        "u = Unsqueeze(ids, v0) v = Unsqueeze(ids, v1) e = Equal(u, v) f = Cast <to = 1> (e) y = MatMul(f, x)",
        {"constants": _I},
    ),
    (
        "causal mask by the sequence's length",
        YES,
        "float[N,S,S] x",
        "s = Shape(x) t = Gather(s, v1) f = Concat <axis = 0> (t, t) o = ConstantOfShape <value = float[1] {1.0}> (f) l = Trilu <upper = 0> (o) b = Equal(l, none) m = Where(b, low, x) y = Softmax <axis = -1> (m)",
        {"constants": {**_I, "none": 0.0, "low": -1e9}},
    ),
    (
        "causal mask over rows",
        NO,
        "float[N,4] x",
        "s = Shape(x) t = Gather(s, v0) f = Concat <axis = 0> (t, t) o = ConstantOfShape <value = float[1] {1.0}> (f) l = Trilu <upper = 0> (o) y = MatMul(l, x)",
        {"constants": _I},
    ),
)

_SHAPES: tuple[Row, ...] = (
    ("flatten and a dense layer", YES, "float[N,2,3] x", "f = Flatten(x) y = Gemm(f, w, b)", {"constants": {"w": (6, 4), "b": (4,)}}),
    ("flatten everything", NO, "float[N,2,3] x", "y = Flatten <axis = 0> (x)"),
    ("flatten rows with columns", NO, "float[N,2,3] x", "y = Flatten <axis = 2> (x)"),
    (
        "flatten as torch exports it",
        YES,
        "float[N,2,3] x",
        "s = Shape(x) b = Gather(s, zero) u = Unsqueeze(b, v0) f = Concat <axis = 0> (u, minus) y = Reshape(x, f)",
        {"constants": _I},
    ),
    (
        "class token expanded to every row",
        YES,
        _TOKENS,
        "s = Shape(x) b = Gather(s, v0) f = Concat <axis = 0> (b, rest) c = Expand(token, f) y = Concat <axis = 1> (c, x)",
        {"constants": {**_I, "rest": [1, 8], "token": (1, 1, 8)}},
    ),
    (
        "class token expanded with minus ones",
        YES,
        _TOKENS,
        """
        s = Shape(x) b = Gather(s, v0) f = Concat <axis = 0> (b, keep) fs = Shape(f) o = ConstantOfShape <value = int64[1] {1}> (fs)
        e = Equal(f, keepless) t = Where(e, o, f) c = Expand(token, t) y = Concat <axis = 1> (c, x)
        """,
        {"constants": {**_I, "keep": [-1, -1], "keepless": [-1], "token": (1, 1, 8)}},
    ),
    ("token as one more row", NO, "float[N,8] x", "y = Concat <axis = 0> (token, x)", {"constants": {"token": (1, 8)}}),
    ("tokens as rows and back", YES, "float[N,3,4] x", "f = Reshape(x, a) m = MatMul(f, w) y = Reshape(m, b)", {"constants": {"a": [-1, 4], "b": [-1, 3, 4], "w": (4, 4)}}),
    (
        "tokens as rows and back by the input's shape",
        YES,
        _TOKENS,
        "s = Shape(x) l = Gather(s, v1) f = Reshape(x, a) m = MatMul(f, w) t = Concat <axis = 0> (minus, l, eight) y = Reshape(m, t)",
        {"constants": {**_I, "a": [-1, 8], "eight": [8], "w": (8, 8)}},
    ),
    ("tokens as rows and back in another order", NO, "float[N,3,4] x", "f = Reshape(x, a) m = Relu(f) y = Reshape(m, b)", {"constants": {"a": [-1, 4], "b": [3, -1, 4]}}),
    ("tokens as rows, normalised over them", NO, "float[N,3,4] x", "f = Reshape(x, a) m = Softmax <axis = 0> (f) y = Reshape(m, b)", {"constants": {"a": [-1, 4], "b": [-1, 3, 4]}}),
    ("pairs of rows joined", NO, _X, "y = Reshape(x, f)", {"constants": {"f": [-1, 8]}}),
    ("rows split in halves", NO, _X, "y = Reshape(x, f)", {"constants": {"f": [-1, 2]}}),
    ("halves of rows joined again", YES, _X, "h = Reshape(x, f) r = Relu(h) y = Reshape(r, g)", {"constants": {"f": [-1, 2], "g": [-1, 4]}}),
    ("halves of rows joined with a neighbour's", NO, _X, "h = Reshape(x, f) l = Slice(h, v1, far, v0) z = Slice(h, v0, v1, v0) c = Concat <axis = 0> (l, z) y = Reshape(c, g)", {"constants": {**_I, "far": [1 << 40], "f": [-1, 2], "g": [-1, 4]}}),
    ("one row of everything", NO, _X, "y = Reshape(x, f)", {"constants": {"f": [1, -1]}}),
    ("squeeze of every axis of one", NO, "float[N,1,4] x", "y = Squeeze(x)"),
    ("squeeze of a named axis", YES, "float[N,1,4] x", "y = Squeeze(x, v1)", {"constants": _I}),
    ("two rows at least", NO, "float[N,1] x", "y = Expand(x, f)", {"constants": {"f": [2, 1]}}),
    ("expand by the input's shape", YES, "float[N,1] x", "s = Shape(x) f = Mul(s, by) y = Expand(x, f)", {"constants": {"by": [1, 3]}}),
    ("expand every row to every row", NO, "float[N,4] x", "s = Shape(x) b = Gather(s, v0) f = Concat <axis = 0> (b, v1, v1) y = Expand(x, f)", {"constants": _I}),
    ("transposed twice", YES, _X, "a = Transpose(x) b = Relu(a) y = Transpose(b)"),
    ("transposed once", NO, "float[N,N] x", "y = Transpose(x)"),
    ("a square of the input with itself", NO, "float[N,N] x", "t = Transpose(x) y = Add(x, t)"),
    ("windows of an image and back", YES, "float[N,4,4,2] x", "a = Reshape(x, f) b = Transpose <perm = [0, 1, 3, 2, 4, 5]> (a) c = Reshape(b, g) m = MatMul(c, w) d = Reshape(m, h) e = Transpose <perm = [0, 1, 3, 2, 4, 5]> (d) y = Reshape(e, i)", {"constants": {"f": [-1, 2, 2, 2, 2, 2], "g": [-1, 4, 2], "h": [-1, 2, 2, 2, 2, 2], "i": [-1, 4, 4, 2], "w": (2, 2)}}),
    ("windows of an image across rows", NO, "float[N,4,4,2] x", "a = Reshape(x, f) b = Transpose <perm = [1, 0, 2, 3, 4, 5]> (a) c = Reshape(b, g) y = Reshape(c, i)", {"constants": {"f": [-1, 2, 2, 2, 2, 2], "g": [-1, 4, 2], "i": [-1, 4, 4, 2]}}),
    ("the number of rows as output", NO, _X, "s = Shape(x) y = Slice(s, v0, v1)", {"constants": _I}),
    ("a constant as output", NO, _X, "r = Relu(x) y = Identity(w)", {"constants": {"w": (2, 4)}}),
    ("one output of each kind", {"y": True, "z": False}, _X, "y = Relu(x) z = Softmax <axis = 0> (x)"),
    ("a share of the rows", NO, _X, "s = Shape(x) b = Gather(s, zero) f = Cast <to = 1> (b) y = Div(x, f)", {"constants": _I}),
    ("a share of the columns", YES, "float[N,S] x", "s = Shape(x) b = Gather(s, one) f = Cast <to = 1> (b) y = Div(x, f)", {"constants": _I}),
)

_SEQUENCES: tuple[Row, ...] = (
    (
        "lstm from states of zeros",
        YES,
        "float[N,S,4] x",
        """
        t = Transpose <perm = [1, 0, 2]> (x) s = Shape(x) b = Gather(s, v0) f = Concat <axis = 0> (v1, b, three)
        h = ConstantOfShape(f) c = ConstantOfShape(f)
        o, oh, oc = LSTM <hidden_size = 3> (t, w, r, bias, , h, c)
        q = Squeeze(o, v1) y = Transpose <perm = [1, 0, 2]> (q)
        """,
        {"constants": {**_I, "three": [3], "w": (1, 12, 4), "r": (1, 12, 3), "bias": (1, 24)}},
    ),
    ("lstm's last state", YES, "float[N,S,4] x", "t = Transpose <perm = [1, 0, 2]> (x) o, h, c = LSTM <hidden_size = 3> (t, w, r) y = Squeeze(h, v0)", {"constants": {**_I, "w": (1, 12, 4), "r": (1, 12, 3)}}),
    ("lstm whose time is the rows", NO, "float[N,2,4] x", "y, h, c = LSTM <hidden_size = 3> (x, w, r)", {"constants": {"w": (1, 12, 4), "r": (1, 12, 3)}}),
    ("lstm over one long sequence of rows", NO, "float[N,4] x", "u = Unsqueeze(x, v1) o, h, c = LSTM <hidden_size = 3> (u, w, r) y = Squeeze(o, axes)", {"constants": {**_I, "axes": [1, 2], "w": (1, 12, 4), "r": (1, 12, 3)}}),
    ("gru of both directions", YES, "float[N,S,4] x", "t = Transpose <perm = [1, 0, 2]> (x) o, h = GRU <hidden_size = 3, direction = \"bidirectional\"> (t, w, r) b = Transpose <perm = [2, 0, 1, 3]> (o) y = Reshape(b, f)", {"constants": {"f": [0, 0, 6], "w": (2, 9, 4), "r": (2, 9, 3)}}),
    ("gru's states with directions first", NO, "float[N,S,4] x", "t = Transpose <perm = [1, 0, 2]> (x) o, h = GRU <hidden_size = 3, direction = \"bidirectional\"> (t, w, r) y = Reshape(h, f)", {"constants": {"f": [-1, 6], "w": (2, 9, 4), "r": (2, 9, 3)}}),
    ("lstm with lengths", YES, "float[N,4,4] x, int32[N] n", "m = Max(n, least) t = Transpose <perm = [1, 0, 2]> (x) o, h, c = LSTM <hidden_size = 3> (t, w, r, , m) y = Squeeze(h, v0)", {"constants": {**_I, "least": np.array([1], np.int32), "w": (1, 12, 4), "r": (1, 12, 3)}}),
    ("mean over tokens with a mask", YES, "float[N,S,4] x, int64[N,S] m", "f = Cast <to = 1> (m) u = Unsqueeze(f, minus) p = Mul(x, u) s = ReduceSum <keepdims = 0> (p, v1) c0 = ReduceSum <keepdims = 0> (u, v1) c = Clip(c0, tiny) y = Div(s, c)", {"constants": {**_I, "tiny": 1e-9}, "highs": {"m": 2}}),
    ("first token", YES, "float[N,S,4] x", "t = Gather <axis = 1> (x, zero) y = MatMul(t, w)", {"constants": {**_I, "w": (4, 4)}}),
    ("first row", NO, "float[N,4] x", "t = Gather <axis = 0> (x, zero) y = Add(x, t)", {"constants": _I}),
    ("last token by its length", YES, "float[N,4,3] x, int64[N] n", "u = Unsqueeze(n, v1) y = GatherND <batch_dims = 1> (x, u)", {"constants": _I}),
    ("position embedding of tokens", YES, "float[N,S,4] x", "s = Shape(x) n = Gather(s, one) r = Range(zero, n, one) e = Gather(table, r) y = Add(x, e)", {"constants": {**_I, "table": (9, 4)}}),
    ("position embedding of rows", NO, "float[N,4] x", "s = Shape(x) n = Gather(s, zero) r = Range(zero, n, one) e = Gather(table, r) y = Add(x, e)", {"constants": {**_I, "table": (64, 4)}}),
    ("positions from a mask", YES, "int64[N,S] m", "c = CumSum(m, one) d = Sub(c, one) e = Max(d, zero) y = Gather(table, e)", {"constants": {**_I, "table": (9, 4)}, "highs": {"m": 2}}),
    ("positions over rows", NO, "int64[N,S] m", "c = CumSum(m, zero) d = Min(c, cap) y = Gather(table, d)", {"constants": {**_I, "cap": 8, "table": (9, 4)}, "highs": {"m": 2}}),
    ("token embedding", YES, "int64[N,S] ids", "e = Gather(table, ids) y = ReduceMean <axes = [1]> (e)", {"constants": {"table": (4, 3)}}),
    ("table of rows", NO, "float[N,3] t, int64[N,2] ids", "y = Gather(t, ids)", {"highs": {"ids": 1}}),
    ("tokens reversed by their length", YES, "float[N,4,3] x, int64[N] n", "m = Max(n, least) y = ReverseSequence <batch_axis = 0, time_axis = 1> (x, m)", {"constants": {"least": [1]}}),
    ("a sliding window over tokens", YES, "float[N,S,3] x", "z = Pad(x, pads) t = Transpose <perm = [0, 2, 1]> (z) c = Conv <kernel_shape = [3]> (t, w) y = Transpose <perm = [0, 2, 1]> (c)", {"constants": {"pads": [0, 1, 0, 0, 1, 0], "w": (3, 3, 3)}}),
    ("a sliding window over rows", NO, "float[N,3] x", "z = Pad(x, pads) t = Transpose <perm = [1, 0]> (z) u = Unsqueeze(t, v0) c = Conv <kernel_shape = [3]> (u, w) s = Squeeze(c, v0) y = Transpose <perm = [1, 0]> (s)", {"constants": {**_I, "pads": [1, 0, 1, 0], "w": (3, 3, 3)}}),
)

_MIXING: tuple[Row, ...] = (
    ("rows times rows", NO, _X, "t = Transpose(x) y = MatMul(x, t)"),
    ("tokens times tokens", YES, "float[N,S,4] x", "t = Transpose <perm = [0, 2, 1]> (x) y = MatMul(x, t)"),
    ("mean over rows as a sum and a count", NO, _X, "s = ReduceSum(x, v0) n = Shape(x) b = Gather(n, zero) f = Cast <to = 1> (b) m = Div(s, f) y = Sub(x, m)", {"constants": _I}),
    ("mean over columns as a sum and a count", YES, _X, "s = ReduceSum(x, v1) n = Shape(x) b = Gather(n, one) f = Cast <to = 1> (b) m = Div(s, f) y = Sub(x, m)", {"constants": _I}),
    ("sum over rows up to now", NO, _X, "y = CumSum(x, zero)", {"constants": _I}),
    ("sum over columns up to now", YES, _X, "y = CumSum(x, one)", {"constants": _I}),
    ("softmax over rows", NO, _X, "y = Softmax <axis = 0> (x)"),
    ("softmax over rows from the end", NO, _X, "y = Softmax <axis = -2> (x)"),
    ("softmax of version 11 from axis 0", NO, "float[N,2,3] x", "y = Softmax <axis = 0> (x)", {"opset": 11}),
    ("softmax of version 11 by default", YES, "float[N,2,3] x", "y = Softmax(x)", {"opset": 11}),
    ("softmax of version 13 by default on vectors", NO, "float[N] x", "y = Softmax(x)", {"opset": 13}),
    ("softmax by hand over columns", YES, _X, "m = ReduceMax <axes = [1]> (x) d = Sub(x, m) e = Exp(d) s = ReduceSum(e, v1) y = Div(e, s)", {"constants": _I}),
    ("softmax by hand with the largest of all", NO, _X, "m = ReduceMax (x) d = Sub(x, m) e = Exp(d) s = ReduceSum(e, v1) y = Div(e, s)", {"constants": _I}),
    ("rows moved by one", NO, _X, "a = Slice(x, v1, far, v0) b = Slice(x, v0, v1, v0) y = Concat <axis = 0> (a, b)", {"constants": {**_I, "far": [1 << 40]}}),
    ("columns moved by one", YES, _X, "a = Slice(x, v1, far, v1) b = Slice(x, v0, v1, v1) y = Concat <axis = 1> (a, b)", {"constants": {**_I, "far": [1 << 40]}}),
    ("rows backwards", NO, _X, "y = Slice(x, minus, low, v0, minus)", {"constants": {**_I, "low": [-(1 << 40)]}}),
    ("columns backwards", YES, _X, "y = Slice(x, minus, low, v1, minus)", {"constants": {**_I, "low": [-(1 << 40)]}}),
    ("all rows but the last", NO, _X, "y = Slice(x, v0, minus, v0)", {"constants": _I}),
    ("every column times every row", NO, "float[N,1] x", "t = Transpose(x) y = Mul(x, t)"),
    ("vectors beside columns", NO, "float[N,1] x, float[N] z", "y = Add(x, z)"),
    ("vectors beside columns with an axis", YES, "float[N,3] x, float[N] z", "u = Unsqueeze(z, v1) y = Add(x, u)", {"constants": _I}),
    ("distance to every row", NO, _X, "a = Unsqueeze(x, v1) b = Unsqueeze(x, v0) d = Sub(a, b) s = Mul(d, d) y = ReduceSum <keepdims = 0> (s, v2)", {"constants": _I}),
    ("distance to prototypes", YES, _X, "a = Unsqueeze(x, v1) d = Sub(a, p) s = Mul(d, d) y = ReduceSum <keepdims = 0> (s, v2)", {"constants": {**_I, "p": (1, 3, 4)}}),
    ("one row joined with itself", NO, _X, "y = Concat <axis = 0> (x, x)"),
    ("one column joined with itself", YES, _X, "y = Concat <axis = 1> (x, x)"),
    ("joined with itself, then the first half of columns", YES, _X, "c = Concat <axis = 1> (x, x) y, z = Split <axis = 1> (c, f)", {"constants": {"f": [4, 4]}, "opset": 13}),
    ("tiled rows", NO, _X, "y = Tile(x, f)", {"constants": {"f": [2, 1]}}),
    ("tiled columns", YES, _X, "y = Tile(x, f)", {"constants": {"f": [1, 2]}}),
    ("padded rows", NO, _X, "y = Pad(x, f)", {"constants": {"f": [1, 0, 0, 0]}}),
    ("padded columns", YES, _X, "y = Pad(x, f)", {"constants": {"f": [0, 1, 0, 0]}}),
    ("resized rows", NO, _X, "y = Resize <mode = \"linear\"> (x, , f)", {"constants": {"f": np.array([2, 1], np.float32)}}),
    ("resized image", YES, "float[N,2,4,4] x", "y = Resize <mode = \"linear\"> (x, , f)", {"constants": {"f": np.array([1, 1, 2, 2], np.float32)}}),
    ("resized image by the input's shape", YES, "float[N,2,4,4] x", "s = Shape(x) a = Slice(s, v0, v2) f = Concat <axis = 0> (a, size) y = Resize <mode = \"nearest\"> (x, , , f)", {"constants": {**_I, "size": [8, 8]}}),
    ("best rows", NO, _X, "y, i = TopK <axis = 0> (x, v1)", {"constants": _I}),
    ("best columns", YES, _X, "y, i = TopK <axis = 1> (x, v2)", {"constants": _I}),
    ("where rows are not zero", NO, _X, "y = NonZero(x)"),
    ("different values", NO, "int64[N] x", "y = Unique(x)"),
    ("rows of a condition", NO, "float[N,4] x, bool[N] c", "y = Compress <axis = 0> (x, c)"),
    ("columns of a condition", YES, _X, "y = Compress <axis = 1> (x, c)", {"constants": {"c": np.array([True, False, True, True])}}),
    ("words of texts", NO, "string[N] x", "y, n = StringSplit <delimiter = \" \"> (x)", {"opset": 20}),
    ("how many words", {"n": True}, "string[N] x", "y, n = StringSplit <delimiter = \" \"> (x)", {"opset": 20}),
    ("one-hot rows", NO, "int64[N] x", "y = OneHot <axis = 0> (x, d, v)", {"constants": {"d": 4, "v": [0.0, 1.0]}}),
    ("one-hot columns", YES, "int64[N] x", "y = OneHot <axis = -1> (x, d, v)", {"constants": {"d": 4, "v": [0.0, 1.0]}}),
    ("noise", NO, _X, "r = RandomNormalLike(x) y = Add(x, r)"),
    ("a diagonal of rows", NO, _X, "e = EyeLike(x) y = Add(x, e)"),
    ("a triangle of rows", NO, _X, "y = Trilu(x)"),
    ("a triangle in each row", YES, "float[N,3,3] x", "y = Trilu(x)"),
    ("a diagonal in each row", YES, "float[N,3,3] x", "e = EyeLike(c) y = Mul(x, e)", {"constants": {"c": (3, 3)}}),
    ("a draw", NO, _X, "a = Abs(x) l = Log(a) y = Multinomial <sample_size = 3> (l)"),
    ("weighted by the whole sum", NO, _X, "s = ReduceSum(x) y = Div(x, s)"),
    ("multiplied by one of all", NO, _X, "a = ReduceL2(x) b = Add(a, tiny) y = Div(x, b)", {"constants": {"tiny": 1e-9}}),
    ("unit length of rows", YES, _X, "a = ReduceL2 <axes = [1]> (x) b = Add(a, tiny) y = Div(x, b)", {"constants": {"tiny": 1e-9}}),
    ("einsum within rows", YES, "float[N,3,4] x", "y = Einsum <equation = \"bij,bkj->bik\"> (x, x)"),
    ("einsum across rows", NO, "float[N,4] x", "y = Einsum <equation = \"ij,kj->ik\"> (x, x)"),
    ("cancelled by subtraction", NO, _X, "s = ReduceSum(x, v0) d = Sub(s, x) y = Add(x, d)", {"constants": _I}),
)

_IF = "<then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>"

_BODIES: tuple[Row, ...] = (
    ("branch by all values", NO, _X, f"m = ReduceMax <keepdims = 0> (x) c = Greater(m, limit) y = If (c) {_IF}", {"constants": {"limit": 0.0}}),
    ("branch by the number of rows", NO, _X, f"s = Shape(x) n = Gather(s, zero) c = Greater(n, one) y = If (c) {_IF}", {"constants": _I}),
    ("branch by the number of tokens", YES, "float[N,S] x", f"s = Shape(x) n = Gather(s, one) c = Greater(n, one) y = If (c) {_IF}", {"constants": _I}),
    (
        "squeeze as torch exports it",
        YES,
        "float[N,1,4] x",
        "s = Shape(x) n = Gather(s, one) c = Equal(n, one) y = If (c) <then_branch = t () => (float[?,?] a) { k = Constant <value = int64[1] {1}> () a = Squeeze(x, k) }, else_branch = e () => (float[?,?,?] b) { b = Identity(x) }>",
        {"constants": _I},
    ),
    ("loop over rows without a state", YES, _X, "s = Shape(x) n = Gather(s, zero) y = Loop (n, yes) <body = b (int64 i, bool k) => (bool l, float[?] o) { l = Identity(k) r = Gather <axis = 0> (x, i) o = Tanh(r) }>", {"constants": {**_I, "yes": True}}),
    ("loop over rows with a state", NO, _X, "s = Shape(x) n = Gather(s, zero) f, y = Loop (n, , h) <body = b (int64 i, bool k, float[?] v) => (bool l, float[?] w, float[?] o) { l = Identity(k) r = Gather <axis = 0> (x, i) w = Add(v, r) o = Identity(w) }>", {"constants": {**_I, "h": [0.0, 0.0, 0.0, 0.0]}}),
    ("loop over tokens with a state", YES, "float[N,S,3] x", "s = Shape(x) n = Gather(s, one) h = ReduceSum <keepdims = 0> (x, v1) y = Loop (n, , h) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { l = Identity(k) r = Gather <axis = 1> (x, i) t = Tanh(v) w = Add(t, r) }>", {"constants": _I}),
    ("loop until all rows are small", NO, _X, "y = Loop (most, yes, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { w = Mul(v, half) a = Abs(w) m = ReduceMax <keepdims = 0> (a) l = Greater(m, limit) }>", {"constants": {"most": 20, "yes": True, "half": 0.5, "limit": 0.5}}),
    ("scan over tokens", YES, "float[N,4,3] x", "h = ReduceMin <axes = [1], keepdims = 0> (x) f, y = Scan (h, x) <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], body = b (float[?,3] v, float[?,3] u) => (float[?,3] w, float[?,3] o) { w = Add(v, u) o = Identity(w) }>"),
    ("scan over rows with a state", NO, _X, "f, y = Scan (h, x) <num_scan_inputs = 1, body = b (float[4] v, float[4] u) => (float[4] w, float[4] o) { w = Add(v, u) o = Identity(w) }>", {"constants": {"h": [0.0, 0.0, 0.0, 0.0]}}),
    ("scan over rows with a state that nothing reads", YES, _X, "f, y = Scan (h, x) <num_scan_inputs = 1, body = b (float[4] v, float[4] u) => (float[4] w, float[4] o) { w = Identity(v) o = Tanh(u) }>", {"constants": {"h": [0.0, 0.0, 0.0, 0.0]}}),
    ("a function over columns", YES, _X, "y = local.norm <axis: int = 1> (x)", {"functions": '<domain: "local", opset_import: ["": 17]> norm <axis> (x) => (y) { y = Softmax <axis: int = @axis> (x) }'}),
    ("a function over rows", NO, _X, "y = local.norm <axis: int = 0> (x)", {"functions": '<domain: "local", opset_import: ["": 17]> norm <axis> (x) => (y) { y = Softmax <axis: int = @axis> (x) }'}),
    ("a function that calls a function", YES, _X, "y = local.outer(x)", {"functions": '<domain: "local", opset_import: ["": 17]> inner (x) => (y) { y = Relu(x) }\n<domain: "local", opset_import: ["": 17, "local": 1]> outer (x) => (y) { a = local.inner(x) y = Neg(a) }'}),
    ("a function named as an operator", NO, _X, "y = local.Relu(x)", {"functions": '<domain: "local", opset_import: ["": 17]> Relu (x) => (y) { k = Constant <value = int64 {0}> () y = CumSum(x, k) }'}),
    ("a body that reads a sum of rows outside", NO, _X, "z = ReduceSum(x, v0) y = If (c) <then_branch = t () => (float[?,?] a) { a = Add(x, z) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>", {"constants": {**_I, "c": True}}),
    ("a body whose name hides one outside", NO, _X, "z = ReduceSum(x, v0) y = If (c) <then_branch = t () => (float[?,?] a) { r = Sub(z, z) a = Add(x, z) }, else_branch = e () => (float[?,?] b) { z2 = Neg(x) b = Neg(z2) }>", {"constants": {**_I, "c": True}}),
)

_LAYERS: tuple[Row, ...] = (
    ("quantised with a range of its own", NO, _X, "q, s, z = DynamicQuantizeLinear(x) y = DequantizeLinear(q, s, z)"),
    ("quantised with a fixed range", YES, _X, "q = QuantizeLinear(x, s, z) y = DequantizeLinear(q, s, z)", {"constants": {"s": 0.05, "z": np.array(128, np.uint8)}}),
    ("quantised by the range of each row", YES, _X, "a = Abs(x) m = ReduceMax <axes = [1]> (a) t = Add(m, tiny) s = Div(t, top) d = Div(x, s) r = Round(d) y = Mul(r, s)", {"constants": {"tiny": 1e-9, "top": 127.0}}),
    ("int8 product as exported", NO, _X, "q, s, z = DynamicQuantizeLinear(x) m = MatMulInteger(q, w, z) f = Cast <to = 1> (m) y = Mul(f, s)", {"constants": {"w": np.arange(-8, 8, dtype=np.int8).reshape(4, 4)}}),
    ("batch norm in training", NO, "float[N,3,2] x", "y, m, v = BatchNormalization <training_mode = 1> (x, a, b, c, d)", {"constants": {"a": (3,), "b": (3,), "c": (3,), "d": [1.0, 1.0, 1.0]}}),
    ("batch norm", YES, "float[N,3,2] x", "y = BatchNormalization (x, a, b, c, d)", {"constants": {"a": (3,), "b": (3,), "c": (3,), "d": [1.0, 1.0, 1.0]}}),
    ("layer norm by hand", YES, "float[N,S,4] x", "m = ReduceMean <axes = [-1]> (x) d = Sub(x, m) q = Mul(d, d) v = ReduceMean <axes = [-1]> (q) e = Add(v, tiny) r = Sqrt(e) n = Div(d, r) g = Mul(n, w) y = Add(g, b)", {"constants": {"tiny": 1e-5, "w": (4,), "b": (4,)}}),
    ("batch norm by hand", NO, _X, "m = ReduceMean <axes = [0]> (x) d = Sub(x, m) q = Mul(d, d) v = ReduceMean <axes = [0]> (q) e = Add(v, tiny) r = Sqrt(e) y = Div(d, r)", {"constants": {"tiny": 1e-5}}),
    ("group norm as torch exports it", YES, "float[N,4,3,3] x", "r = Reshape(x, f) n = InstanceNormalization(r, o, z) s = Shape(x) b = Reshape(n, s) g = Mul(b, w) y = Add(g, w)", {"constants": {"f": [0, 2, -1], "o": [1.0, 1.0], "z": [0.0, 0.0], "w": (4, 1, 1)}}),
    ("group norm over rows", NO, "float[N,4,3] x", "r = Reshape(x, f) n = InstanceNormalization(r, o, z) s = Shape(x) y = Reshape(n, s)", {"constants": {"f": [1, 2, -1], "o": [1.0, 1.0], "z": [0.0, 0.0]}}),
    ("places of the largest", {"y": True, "i": False}, "float[N,2,4,4] x", "y, i = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)"),
    ("a small network of convolutions", YES, "float[N,3,8,8] x", "a = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x, w) n = BatchNormalization(a, g, g, g, v) r = Relu(n) p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r) q = GlobalAveragePool(p) f = Flatten(q) y = Gemm(f, d)", {"constants": {"w": (4, 3, 3, 3), "g": (4,), "v": [1.0, 1.0, 1.0, 1.0], "d": (4, 5)}}),
    ("a convolution over rows", NO, "float[N,4] x", "u = Unsqueeze(x, f) a = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (u, w) y = Squeeze(a, f)", {"constants": {"f": [0, 1], "w": (1, 1, 3, 3)}}),
    ("a tall network of products", YES, "float[N,16] x", "a = Gemm(x, w1, b1) r = Relu(a) b = Gemm(r, w2, b2) s = Sigmoid(b) c = Gemm(s, w3) y = Softmax(c)", {"constants": {"w1": (16, 32), "b1": (32,), "w2": (32, 32), "b2": (32,), "w3": (32, 3)}}),
    ("a product from the left", NO, "float[N,4] x", "y = MatMul(w, x)", {"constants": {"w": (3, 3)}}),
    ("a product from the left of each row", YES, "float[N,4,2] x", "y = MatMul(w, x)", {"constants": {"w": (3, 4)}}),
    ("dropout", YES, _X, "y = Dropout(x)"),
    ("dropout in training", NO, _X, "y = Dropout(x, r, t)", {"constants": {"r": 0.5, "t": True}}),
    ("fused attention", YES, "float[N,3,8] x", "y = com.microsoft.Attention <num_heads = 2> (x, w, b)", {"constants": {"w": (8, 24), "b": (24,)}}),
    ("fused product with the rows turned", NO, "float[N,3] x", "y = com.microsoft.FusedMatMul <transA = 1> (x, x)"),
    ("scores of a linear classifier", {"l": True, "y": True}, "float[N,3] x", "l, s = ai.onnx.ml.LinearClassifier <coefficients = [0.5, -1.0, 2.0, 1.0, 0.1, 0.3], intercepts = [0.1, 0.2], classlabels_ints = [0, 1]> (x) y = ai.onnx.ml.Normalizer <norm = \"L1\"> (s)"),
    ("boxes kept", NO, "float[N,3,4] x, float[N,1,3] s", "y = NonMaxSuppression(x, s, k)", {"constants": {"k": [2]}}),
)

_PICKS: tuple[Row, ...] = (
    ("the best class", YES, _X, "y = ArgMax <axis = 1, keepdims = 0> (x)"),
    ("the best row", NO, _X, "y = ArgMax <axis = 0, keepdims = 0> (x)"),
    ("columns picked by a row's own index", YES, "float[N,4] x, int64[N,2] i", "y = GatherElements <axis = 1> (x, i)"),
    ("rows picked by a row's own index", NO, "float[N,4] x, int64[N,4] i", "y = GatherElements <axis = 0> (x, i)", {"highs": {"i": 1}}),
    ("columns written at a row's own index", YES, "float[N,4] x, int64[N,1] i, float[N,1] u", "y = ScatterElements <axis = 1> (x, i, u)"),
    ("rows written by an index", NO, "float[N,4] x, int64[N,1] i, float[N,4] u", "y = ScatterND(x, i, u)", {"highs": {"i": 1}}),
    ("a cell per row, with the rows counted", YES, "float[N,4] x, int64[N] i", "s = Shape(x) n = Gather(s, zero) r = Range(zero, n, one) a = Unsqueeze(r, v1) b = Unsqueeze(i, v1) c = Concat <axis = 1> (a, b) y = GatherND(x, c)", {"constants": _I}),
    ("a cell per row, with the columns for rows", NO, "float[N,N] x, int64[N] i", "a = Unsqueeze(i, v1) c = Concat <axis = 1> (a, a) y = GatherND(x, c)", {"constants": _I, "highs": {"i": 1}}),
    ("two inputs joined", YES, "float[N,4] x, float[N,2] z", "c = Concat <axis = -1> (x, z) y = MatMul(c, w)", {"constants": {"w": (6, 2)}}),
    ("the second input turned", NO, "float[N,4] x, float[N,4] z", "t = Transpose(z) y = MatMul(x, t)"),
    ("ids hashed and embedded", YES, "int64[N,3] x", "m = Mod(x, size) e = Gather(table, m) y = ReduceSum <keepdims = 0> (e, v1)", {"constants": {**_I, "size": 5, "table": (5, 4)}}),
    ("a row as the size of others", NO, "int64[N] x", "m = ReduceMax <keepdims = 1> (x) f = Concat <axis = 0> (m, two) y = ConstantOfShape(f)", {"constants": {"two": [2]}}),
)
# fmt: on
