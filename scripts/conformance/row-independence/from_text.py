"""Cases written in ONNX's own text form."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnx.parser
from onnx import helper

from cases import ROWS, SAMPLE_ROWS, Case, Input, constant, make_model, older_opsets, texts, to_tensor

Constants = Mapping[str, Any]
"""By name: a tuple is the shape of random weights, anything else are the values themselves."""


def from_text(
    name: str,
    inputs: str,
    outputs: Mapping[str, bool] | Sequence[str],
    nodes: str,
    *,
    constants: Constants | None = None,
    functions: str = "",
    highs: Mapping[str, int] | None = None,
    opset: int = 17,
    operator: tuple[str, str] | None = None,
) -> Case:
    """
    @param inputs for instance `float[N,S,4] x, int64[N] ids`.
    @param outputs whether each is independent, where the author says so.
    @param functions model-local functions, of domain `local`, in text form.
    @param highs for inputs of integers: one more than the largest. By default 4.
    @param operator domain and name of the operator that this is a case of. Without it the case is a composed graph.
    """
    imports = f'<ir_version: 8, opset_import: ["": {opset}, "com.microsoft": 1, "ai.onnx.ml": 3, "local": 1]>'
    declared = ", ".join(f"float {output}" for output in outputs)
    parsed = onnx.parser.parse_model(f"{imports}\ncase ({inputs}) => ({declared}) {{\n{nodes}\n}}\n{functions}")
    random = np.random.default_rng(zlib.crc32(name.encode()))
    dynamic = [_input(one, (highs or {}).get(one.name, 4), random) for one in parsed.graph.input]
    tensors = [to_tensor(_constant(value, random), key) for key, value in (constants or {}).items()]
    model = make_model(parsed.graph.node, dynamic, tensors, list(outputs))
    model.functions.extend(parsed.functions)
    used = {node.domain for node in itertools.chain(parsed.graph.node, *(one.node for one in parsed.functions))}
    model.opset_import.extend(
        helper.make_opsetid(one.domain, one.version) for one in parsed.opset_import if one.domain and one.domain in used
    )
    return Case(
        kind="operator" if operator else "composed",
        domain=operator[0] if operator else "",
        op=operator[1] if operator else name,
        setting=f"{name}: {inputs}" if operator else inputs,
        model=model,
        inputs=tuple(dynamic),
        opsets=older_opsets(opset)[:1],
        expected=dict(outputs) if isinstance(outputs, Mapping) else None,
    )


def _constant(value: Any, random: np.random.Generator) -> np.ndarray:
    if isinstance(value, tuple):
        return random.normal(size=value).astype(np.float32)
    return value if isinstance(value, np.ndarray) else constant(value).values


def _input(info: onnx.ValueInfoProto, high: int, random: np.random.Generator) -> Input:
    tensor = info.type.tensor_type
    dims = tuple(dim.dim_param or dim.dim_value for dim in tensor.shape.dim)
    shape = tuple(SAMPLE_ROWS if dim == ROWS else dim if isinstance(dim, int) else 3 for dim in dims)
    if tensor.elem_type == onnx.TensorProto.STRING:
        words = texts(*shape)
        return Input(info.name, dims, words.values, words.pool)
    dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if dtype.kind == "f":
        return Input(info.name, dims, random.normal(size=shape).astype(dtype))
    if dtype.kind == "b":
        return Input(info.name, dims, np.arange(max(1, int(np.prod(shape)))).reshape(shape) % 2 == 0)
    pool = np.arange(high).astype(dtype)
    return Input(info.name, dims, random.choice(pool, shape), pool)
