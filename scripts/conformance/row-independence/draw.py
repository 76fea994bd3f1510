"""Values for the dynamic inputs of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cases import SAMPLE_SIZES, Input

Feeds = dict[str, np.ndarray]

MODES = ("pool", "row-magnitudes", "magnitudes", "row-magnitudes", "normal", "rows")
"""How floats are drawn. Integers, flags and strings are always drawn from the sample's own values or its range."""
FALLBACKS = ("pool", "rows", "small")
"""Modes for operators that accept only some values: the sample's own, its own rows, and integers below the row count."""

_MAGNITUDES = np.array([1e-3, 1.0, 10.0, 1e3])


def draw_sizes(inputs: Sequence[Input], random: np.random.Generator) -> dict[str, int]:
    """One size for each symbolic dimension except that of the rows."""
    names = sorted({dim for one in inputs for dim in one.dims[1:] if isinstance(dim, str)})
    return {name: int(random.choice(SAMPLE_SIZES)) for name in names}


def draw_request(
    inputs: Sequence[Input], rows: int, sizes: Mapping[str, int], mode: str, random: np.random.Generator
) -> Feeds:
    shared_rows = random.integers(0, 1 << 30, rows)
    return {one.name: _draw(one, rows, sizes, mode, shared_rows, random) for one in inputs}


def _draw(
    one: Input,
    rows: int,
    sizes: Mapping[str, int],
    mode: str,
    shared_rows: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    sample = one.sample
    if mode == "rows" and one.is_fixed and sample.shape[0] > 0:
        return sample[shared_rows % sample.shape[0]]
    tail = [dim if isinstance(dim, int) else sizes[dim] for dim in one.dims[1:]]
    shape = (rows, *tail)
    if sample.size == 0:
        return np.zeros(shape, sample.dtype)
    pool = sample.ravel() if one.pool is None else one.pool
    kind = sample.dtype.kind
    if kind == "f" and mode in ("magnitudes", "row-magnitudes", "normal"):
        return _draw_floats(shape, mode, random).astype(sample.dtype)
    if kind in "iu" and mode == "small":
        return random.integers(0, rows, shape).astype(sample.dtype)
    if kind in "iu" and mode == "normal":
        return random.integers(int(pool.min()), int(pool.max()), shape, dtype=sample.dtype, endpoint=True)
    if kind == "b" and mode != "pool":
        return random.random(shape) < 0.5
    return random.choice(pool, shape)


def _draw_floats(shape: tuple[int, ...], mode: str, random: np.random.Generator) -> np.ndarray:
    values = random.normal(size=shape)
    if mode == "normal":
        return values
    if mode == "row-magnitudes":
        per_row = (shape[0], *[1] * (len(shape) - 1))
        # Whole rows or requests above zero, below it, at it, and mixed: a condition on all rows sees both sides.
        sign = random.integers(-1, 2, per_row if random.random() < 0.5 else 1)
        values = np.where(sign == 0, values, sign * np.abs(values))
        return values * random.choice([*_MAGNITUDES, 0], per_row)
    values *= random.choice(_MAGNITUDES, shape)
    values[random.random(shape) < 0.1] = 0
    return values
