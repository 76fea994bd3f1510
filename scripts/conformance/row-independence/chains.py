"""Operators that need others before and after them, because their values are not tensors: sequences, optionals, bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cases import Case
from from_text import from_text

_X = "float[N,3] x"
_MEL = {"bins": 3, "length": 8, "rate": 8000, "low": 0.0, "high": 4000.0, "zero": 0}


def cases() -> Iterator[Case]:
    for op, name, inputs, nodes, *constants in _ROWS:
        outputs = [output for output in ("y", "z") if f"{output} =" in nodes or f"{output}, " in nodes]
        yield from_text(
            name,
            inputs,
            outputs,
            nodes,
            constants=constants[0] if constants else {"one": [1], "zero": 0, "first": 1},
            operator=("", op),
        )


# fmt: off
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("SequenceConstruct", "first of two", _X, "s = SequenceConstruct(x, x) y = SequenceAt(s, zero)"),
    ("SequenceConstruct", "of other tensors", _X, "a = Relu(x) b = Neg(x) s = SequenceConstruct(a, b) y = SequenceAt(s, first)"),
    ("SequenceConstruct", "joined", _X, "s = SequenceConstruct(x, x) y = ConcatFromSequence <axis = 1> (s)"),
    ("SequenceAt", "last", _X, "s = SequenceConstruct(x, x) y = SequenceAt(s, last)", {"last": -1}),
    ("SequenceAt", "second of a split axis", "float[N,4] x", "s = SplitToSequence <axis = 1> (x, two) y = SequenceAt(s, first)", {"two": 2, "first": 1}),
    ("SequenceAt", "first of split rows", "float[N,4] x", "s = SplitToSequence <axis = 0> (x, one) y = SequenceAt(s, zero)", {"one": 1, "zero": 0}),
    ("ConcatFromSequence", "last axis", _X, "s = SequenceConstruct(x, x) y = ConcatFromSequence <axis = -1> (s)"),
    ("ConcatFromSequence", "rows", _X, "s = SequenceConstruct(x, x) y = ConcatFromSequence <axis = 0> (s)"),
    ("ConcatFromSequence", "new last axis", _X, "s = SequenceConstruct(x, x) y = ConcatFromSequence <axis = 2, new_axis = 1> (s)"),
    ("ConcatFromSequence", "new first axis", _X, "s = SequenceConstruct(x, x) y = ConcatFromSequence <axis = 0, new_axis = 1> (s)"),
    ("SplitToSequence", "columns joined again", "float[N,4] x", "s = SplitToSequence <axis = 1> (x, two) y = ConcatFromSequence <axis = 1> (s)", {"two": 2}),
    ("SplitToSequence", "rows joined again", "float[N,4] x", "s = SplitToSequence <axis = 0> (x, two) y = ConcatFromSequence <axis = 0> (s)", {"two": 2}),
    ("SplitToSequence", "how many rows", "float[N,4] x", "s = SplitToSequence <axis = 0> (x) y = SequenceLength(s)"),
    ("SplitToSequence", "columns without their axis", "float[N,4] x", "s = SplitToSequence <axis = 1, keepdims = 0> (x) y = SequenceAt(s, first)", {"first": 1}),
    ("SequenceEmpty", "with one inserted", _X, "e = SequenceEmpty() s = SequenceInsert(e, x) y = SequenceAt(s, zero)"),
    ("SequenceEmpty", "with two inserted", _X, "e = SequenceEmpty() a = SequenceInsert(e, x) s = SequenceInsert(a, x) y = ConcatFromSequence <axis = 1> (s)"),
    ("SequenceEmpty", "length", _X, "e = SequenceEmpty() n = SequenceLength(e) y = Identity(x) z = Identity(n)"),
    ("SequenceInsert", "at a place", _X, "a = Relu(x) s = SequenceConstruct(x) t = SequenceInsert(s, a, zero) y = SequenceAt(t, zero)"),
    ("SequenceInsert", "at the end", _X, "a = Relu(x) s = SequenceConstruct(x) t = SequenceInsert(s, a) y = ConcatFromSequence <axis = 1> (t)"),
    ("SequenceInsert", "rows", _X, "a = Relu(x) s = SequenceConstruct(x) t = SequenceInsert(s, a) y = ConcatFromSequence <axis = 0> (t)"),
    ("SequenceErase", "first", _X, "a = Relu(x) s = SequenceConstruct(x, a) t = SequenceErase(s, zero) y = SequenceAt(t, zero)"),
    ("SequenceErase", "last", _X, "a = Relu(x) s = SequenceConstruct(x, a) t = SequenceErase(s) y = ConcatFromSequence <axis = 1> (t)"),
    ("SequenceErase", "of split rows", _X, "s = SplitToSequence <axis = 0> (x, one) t = SequenceErase(s, zero) y = ConcatFromSequence <axis = 0> (t)", {"one": 1, "zero": 0}),
    ("SequenceLength", "of two", _X, "s = SequenceConstruct(x, x) n = SequenceLength(s) f = Cast <to = 1> (n) y = Mul(x, f)"),
    ("SequenceLength", "of the rows", _X, "s = SplitToSequence <axis = 0> (x, one) n = SequenceLength(s) f = Cast <to = 1> (n) y = Mul(x, f)", {"one": 1}),
    ("SequenceLength", "of the columns", _X, "s = SplitToSequence <axis = 1> (x, one) n = SequenceLength(s) f = Cast <to = 1> (n) y = Mul(x, f)", {"one": 1}),
    ("SequenceMap", "of two", _X, "s = SequenceConstruct(x, x) t = SequenceMap (s) <body = b (float[?,?] v) => (float[?,?] w) { w = Relu(v) }> y = ConcatFromSequence <axis = 1> (t)"),
    ("SequenceMap", "of columns", _X, "s = SplitToSequence <axis = 1> (x, one) t = SequenceMap (s) <body = b (float[?,?] v) => (float[?,?] w) { w = Neg(v) }> y = ConcatFromSequence <axis = 1> (t)", {"one": 1}),
    ("SequenceMap", "of rows", _X, "s = SplitToSequence <axis = 0> (x, one) t = SequenceMap (s) <body = b (float[?,?] v) => (float[?,?] w) { w = Neg(v) }> y = ConcatFromSequence <axis = 0> (t)", {"one": 1}),
    ("Optional", "of a tensor", _X, "o = Optional(x) y = OptionalGetElement(o)"),
    ("Optional", "asked whether", _X, "o = Optional(x) h = OptionalHasElement(o) y = OptionalGetElement(o) z = Identity(h)"),
    ("Optional", "of a sum of rows", _X, "m = ReduceSum(x, zeros) o = Optional(m) y = OptionalGetElement(o)", {"zeros": [0]}),
    ("OptionalGetElement", "after a layer", _X, "a = Relu(x) o = Optional(a) y = OptionalGetElement(o)"),
    ("OptionalGetElement", "of columns added up", _X, "a = ReduceSum(x, one) o = Optional(a) y = OptionalGetElement(o)"),
    ("OptionalGetElement", "of rows added up", _X, "a = ReduceSum(x, zeros) o = Optional(a) y = OptionalGetElement(o)", {"zeros": [0]}),
    ("OptionalHasElement", "of a sum of rows", _X, "a = ReduceSum(x, zeros) o = Optional(a) h = OptionalHasElement(o) y = Where(h, x, x)", {"zeros": [0]}),
    ("OptionalHasElement", "as a factor", _X, "o = Optional(x) h = OptionalHasElement(o) f = Cast <to = 1> (h) y = Mul(x, f)"),
    ("OptionalHasElement", "chooses", _X, "o = Optional(x) h = OptionalHasElement(o) y = Where(h, x, x)"),
    ("RandomNormal", "added", _X, "r = RandomNormal <shape = [1, 3], seed = 1.0> () y = Add(x, r)"),
    ("RandomNormal", "beside", _X, "r = RandomNormal <shape = [2, 3]> () y = Relu(x) z = Relu(r)"),
    ("RandomNormal", "of one", _X, "r = RandomNormal <shape = [1]> () y = Mul(x, r)"),
    ("RandomUniform", "added", _X, "r = RandomUniform <shape = [1, 3], seed = 1.0> () y = Add(x, r)"),
    ("RandomUniform", "of one", _X, "r = RandomUniform <shape = [1]> () y = Mul(x, r)"),
    ("RandomUniform", "beside", _X, "r = RandomUniform <shape = [1, 3]> () y = Neg(x) z = Neg(r)"),
    ("Constant", "added", _X, "c = Constant <value = float[3] {1.0, 2.0, 3.0}> () y = Add(x, c)"),
    ("Constant", "of rows", _X, "c = Constant <value = float[2, 1] {1.0, 2.0}> () y = Add(x, c)"),
    ("Constant", "as axes", _X, "c = Constant <value_ints: ints = [1]> () y = ReduceSum(x, c)"),
    ("Constant", "as the axis of the rows", _X, "c = Constant <value_ints: ints = [0]> () y = ReduceSum(x, c)"),
    ("ConstantOfShape", "of the input's shape", _X, "s = Shape(x) c = ConstantOfShape(s) y = Add(x, c)"),
    ("ConstantOfShape", "of a constant shape", _X, "c = ConstantOfShape(s) y = Add(x, c)", {"s": [1, 3]}),
    ("ConstantOfShape", "of as many rows", _X, "s = Shape <start = 0, end = 1> (x) c = ConstantOfShape(s) y = Identity(c)"),
    ("Shape", "to reshape to the same", _X, "s = Shape(x) y = Reshape(x, s)"),
    ("Shape", "of the columns", _X, "s = Shape <start = 1> (x) f = Cast <to = 1> (s) y = Mul(x, f)"),
    ("Shape", "of the rows", _X, "s = Shape <start = 0, end = 1> (x) f = Cast <to = 1> (s) y = Mul(x, f)"),
    ("Size", "of a row", _X, "n = Size(x) f = Cast <to = 1> (n) y = Mul(x, f)"),
    ("Size", "of a constant", _X, "n = Size(c) f = Cast <to = 1> (n) y = Mul(x, f)", {"c": (2, 2)}),
    ("Range", "over columns", _X, "r = Range(low, high, step) y = Add(x, r)", {"low": 0.0, "high": 3.0, "step": 1.0}),
    ("Range", "over rows", _X, "s = Shape(x) n = Gather(s, zero) r = Range(zero, n, first) y = Cast <to = 1> (r)", {"zero": 0, "first": 1}),
    ("Range", "of columns", "float[N,S] x", "s = Shape(x) n = Gather(s, first) r = Range(zero, n, first) f = Cast <to = 1> (r) y = Add(x, f)", {"zero": 0, "first": 1}),
    ("EyeLike", "of a constant", _X, "e = EyeLike(c) y = MatMul(x, e)", {"c": (3, 3)}),
    ("EyeLike", "of a row's product", "float[N,3,3] x", "a = ReduceMax <keepdims = 0, axes = [0]> (x) e = EyeLike(a) y = Add(x, e)"),
    ("If", "constant condition", _X, "y = If (c) <then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>", {"c": True}),
    ("If", "condition of the columns", "float[N,S] x", "s = Shape <start = 1> (x) g = Greater(s, two) c = Squeeze(g) y = If (c) <then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>", {"two": [2]}),
    ("If", "condition of the rows", _X, "s = Shape <start = 0, end = 1> (x) g = Greater(s, two) c = Squeeze(g) y = If (c) <then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>", {"two": [2]}),
    ("If", "condition of all values", _X, "m = ReduceMax <keepdims = 0> (x) c = Greater(m, zero) y = If (c) <then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Neg(x) }>", {"zero": 0.0}),
    ("If", "one branch mixes rows", _X, "y = If (c) <then_branch = t () => (float[?,?] a) { a = Relu(x) }, else_branch = e () => (float[?,?] b) { b = Softmax <axis = 0> (x) }>", {"c": False}),
    ("If", "two outputs", _X, "y, z = If (c) <then_branch = t () => (float[?,?] a, float[?,?] d) { a = Relu(x) d = Softmax <axis = 0> (x) }, else_branch = e () => (float[?,?] b, float[?,?] f) { b = Neg(x) f = Neg(x) }>", {"c": True}),
    ("Loop", "a fixed number of layers", _X, "y = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { l = Identity(k) w = Tanh(v) }>", {"n": 3, "c": True}),
    ("Loop", "collects", _X, "y, z = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w, float[?,?] o) { l = Identity(k) w = Tanh(v) o = Relu(v) }>", {"n": 3, "c": True}),
    ("Loop", "mixes rows", _X, "y = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { l = Identity(k) w = Softmax <axis = 0> (v) }>", {"n": 2, "c": True}),
    ("Loop", "as often as there are rows", _X, "s = Shape(x) n = Gather(s, zero) y = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { l = Identity(k) w = Add(v, x) }>", {"zero": 0, "c": True}),
    ("Loop", "as often as there are columns", "float[N,S] x", "s = Shape(x) n = Gather(s, one) y = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { l = Identity(k) w = Add(v, x) }>", {"one": 1, "c": True}),
    ("Loop", "until a sum is large", _X, "y = Loop (n, c, x) <body = b (int64 i, bool k, float[?,?] v) => (bool l, float[?,?] w) { w = Add(v, x) m = ReduceMax <keepdims = 0> (w) l = Less(m, five) }>", {"n": 9, "c": True, "five": 5.0}),
    ("Scan", "along columns", "float[N,S,3] x", "s = Shape <start = 0, end = 1> (x) f = Concat <axis = 0> (s, three) h = ConstantOfShape(f) y, z = Scan (h, x) <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], body = b (float[?,?] v, float[?,?] u) => (float[?,?] w, float[?,?] o) { w = Add(v, u) o = Identity(w) }>", {"three": [3]}),
    ("Scan", "along rows with a state", _X, "y, z = Scan (h, x) <num_scan_inputs = 1, body = b (float[?] v, float[?] u) => (float[?] w, float[?] o) { w = Add(v, u) o = Identity(w) }>", {"h": [0.0, 0.0, 0.0]}),
    ("Scan", "along rows backwards", _X, "y, z = Scan (h, x) <num_scan_inputs = 1, scan_input_directions = [1], body = b (float[?] v, float[?] u) => (float[?] w, float[?] o) { w = Max(v, u) o = Identity(w) }>", {"h": [0.0, 0.0, 0.0]}),
    ("Scan", "along columns from a constant state", "float[N,S] x", "y, z = Scan (h, x) <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], body = b (float[?] v, float[?] u) => (float[?] w, float[?] o) { w = Add(v, u) o = Identity(w) }>", {"h": [0.0]}),
    ("HannWindow", "over columns", _X, "w = HannWindow(n) y = Mul(x, w)", {"n": 3}),
    ("HannWindow", "over as many columns as there are", "float[N,S] x", "s = Shape(x) n = Gather(s, one) w = HannWindow <periodic = 0> (n) y = Mul(x, w)", {"one": 1}),
    ("HannWindow", "over rows", _X, "s = Shape(x) n = Gather(s, zero) w = HannWindow(n) u = Unsqueeze(w, v1) y = Mul(x, u)", {"zero": 0, "v1": [1]}),
    ("HammingWindow", "over columns", _X, "w = HammingWindow(n) y = Mul(x, w)", {"n": 3}),
    ("HammingWindow", "over as many columns as there are", "float[N,S] x", "s = Shape(x) n = Gather(s, one) w = HammingWindow <periodic = 0> (n) y = Mul(x, w)", {"one": 1}),
    ("HammingWindow", "over rows", _X, "s = Shape(x) n = Gather(s, zero) w = HammingWindow(n) u = Unsqueeze(w, v1) y = Mul(x, u)", {"zero": 0, "v1": [1]}),
    ("BlackmanWindow", "over columns", _X, "w = BlackmanWindow(n) y = Mul(x, w)", {"n": 3}),
    ("BlackmanWindow", "over as many columns as there are", "float[N,S] x", "s = Shape(x) n = Gather(s, one) w = BlackmanWindow <periodic = 0> (n) y = Mul(x, w)", {"one": 1}),
    ("BlackmanWindow", "over rows", _X, "s = Shape(x) n = Gather(s, zero) w = BlackmanWindow(n) u = Unsqueeze(w, v1) y = Mul(x, u)", {"zero": 0, "v1": [1]}),
    ("MelWeightMatrix", "of constants", "float[N,5] x", "m = MelWeightMatrix(bins, length, rate, low, high) y = MatMul(x, m)", _MEL),
    ("MelWeightMatrix", "of each frame", "float[N,S,5] x", "m = MelWeightMatrix(bins, length, rate, low, high) y = MatMul(x, m)", _MEL),
    ("MelWeightMatrix", "of as many bins as there are rows", "float[N,5] x", "s = Shape(x) n = Gather(s, zero) m = MelWeightMatrix(n, length, rate, low, high) y = MatMul(x, m)", _MEL),
)
# fmt: on
