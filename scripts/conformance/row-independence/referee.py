"""Whether the rows of a graph's outputs are independent, found out by running requests alone and joined."""

from __future__ import annotations

import dataclasses
import itertools
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from cases import Input
from draw import FALLBACKS, MODES, Feeds, draw_request, draw_sizes

TRIALS = 12
"""Every tuple of row counts occurs at least once."""
TOLERANCE = 1e-5
"""Largest distance of a float from the output of the request alone, as a part of the largest magnitude in its row."""
ROUNDING_AT_MOST = 1e-3
NUDGES = 8
_ROW_COUNTS = ((1, 2, 3), (1, 1), (3, 1, 2), (2, 2), (1, 1, 1), (2, 3), (1, 3, 1), (13, 9))


@dataclasses.dataclass
class Verdict:
    counter_example: str | None = None
    rank: int = 0
    rounding: float = 0.0
    """The largest difference that is due to rounding, as a part of the row's magnitude."""
    depends_on_position: bool = False
    """Whether bits of an output differ between two places among the joined rows."""


class NothingRuns(Exception):
    """No request of any number of rows succeeds alone, or only requests that cannot be drawn twice."""


@dataclasses.dataclass(frozen=True)
class _Answered:
    feeds: Feeds
    rows: int
    answers: list[np.ndarray]


class Referee:
    def __init__(self, session: Any, inputs: Sequence[Input], outputs: Sequence[str], seed_text: str) -> None:
        self._session = session
        self._inputs = inputs
        self._outputs = outputs
        self._random = np.random.default_rng(zlib.crc32(seed_text.encode()))
        self.verdicts = {name: Verdict() for name in outputs}
        self._first_failure = ""
        self._last_failure = ""

    def judge(self) -> dict[str, Verdict]:
        counts = self._viable_counts()
        trials = 0
        for attempt in range(2 * TRIALS):
            requests = self._requests(_among(_ROW_COUNTS[attempt % len(_ROW_COUNTS)], counts), attempt)
            if len(requests) < 2:
                continue
            trials += 1
            self._try_orders(requests)
            if trials == TRIALS or all(one.counter_example for one in self.verdicts.values()):
                return self.verdicts
        if trials < TRIALS // 2:
            raise NothingRuns(self._first_failure)
        return self.verdicts

    def _viable_counts(self) -> list[int]:
        """Numbers of rows with which the graph runs. The sample's own numbers are candidates, too."""
        candidates = sorted(
            {*itertools.chain(*_ROW_COUNTS), *(one.sample.shape[0] for one in self._inputs if one.sample.shape[0] > 0)}
        )
        counts = [rows for rows in candidates if self._answer(rows, 0) is not None]
        if not counts:
            raise NothingRuns(self._first_failure)
        for verdict, answer in zip(self.verdicts.values(), self._answer_of(counts[0])):
            verdict.rank = answer.ndim
        return counts

    def _answer_of(self, rows: int) -> list[np.ndarray]:
        for attempt in range(20):
            answered = self._answer(rows, attempt)
            if answered is not None:
                return answered.answers
        raise NothingRuns(self._first_failure)

    def _requests(self, counts: Sequence[int], attempt: int) -> list[_Answered]:
        sizes = draw_sizes(self._inputs, self._random)
        answered = [self._answer(rows, attempt, sizes) for rows in counts]
        return [one for one in answered if one is not None]

    def _answer(self, rows: int, attempt: int, sizes: dict[str, int] | None = None) -> _Answered | None:
        """Draws requests until the graph succeeds on one of them alone."""
        sizes = draw_sizes(self._inputs, self._random) if sizes is None else sizes
        for mode in (MODES[attempt % len(MODES)], *FALLBACKS):
            feeds = draw_request(self._inputs, rows, sizes, mode, self._random)
            answers = self._run(feeds)
            if answers is not None:
                return _Answered(feeds, rows, answers)
        return None

    def _run(self, feeds: Feeds) -> list[np.ndarray] | None:
        try:
            return [np.asarray(one) for one in self._session.run(self._outputs, feeds)]
        except Exception as error:  # The runtime has several classes of errors, and numpy others
            self._last_failure = str(error)
            self._first_failure = self._first_failure or self._last_failure
            return None

    def _try_orders(self, requests: list[_Answered]) -> None:
        places: dict[tuple[int, str], bytes] = {}
        shuffled = [int(index) for index in self._random.permutation(len(requests))]
        backwards = list(range(len(requests)))[::-1]
        for order in [list(range(len(requests))), backwards, *([shuffled] if len(requests) > 2 else [])]:
            self._try_joined(requests, order, places)

    def _try_joined(self, requests: list[_Answered], order: list[int], places: dict[tuple[int, str], bytes]) -> None:
        ordered = [requests[index] for index in order]
        feeds = {one.name: np.concatenate([request.feeds[one.name] for request in ordered]) for one in self._inputs}
        joined = self._run(feeds)
        counts = [request.rows for request in ordered]
        for number, (name, verdict) in enumerate(self.verdicts.items()):
            if verdict.counter_example is not None:
                continue
            if joined is None:
                verdict.counter_example = (
                    f"requests of {counts} rows succeed alone and fail joined: {self._last_failure}"
                )
                continue
            whole = joined[number]
            if whole.ndim == 0 or whole.shape[0] != sum(counts):
                verdict.counter_example = (
                    f"requests of {counts} rows joined give the shape {list(whole.shape)}, "
                    f"alone {[list(request.answers[number].shape) for request in ordered]}"
                )
                continue
            start = 0
            for index, request in zip(order, ordered):
                part = whole[start : start + request.rows]
                start += request.rows
                found = difference(request.answers[number], part)
                if found.problem is not None and not self._is_of_rounding(request, number, found):
                    verdict.counter_example = f"requests of {counts} rows: {found.problem}"
                    break
                verdict.rounding = max(verdict.rounding, found.relative)
                seen = places.setdefault((index, name), _bytes(part))
                verdict.depends_on_position |= seen != _bytes(part)

    def _is_of_rounding(self, request: _Answered, number: int, found: Difference) -> bool:
        """Whether the lone answer changes as much when its own inputs change by a few units in the last place.

        Sums whose terms cancel have such answers. So have operators that round as if their inputs were near one:
        `exp(x) - 1` of small numbers, whose vector code and scalar code differ.
        """
        if found.distances is None or found.relative > ROUNDING_AT_MOST:
            return False
        lone = _flat_rows(request.answers[number])
        changes = np.zeros(len(lone))
        for _ in range(NUDGES):
            answers = self._run({name: self._nudged(values) for name, values in request.feeds.items()})
            if answers is not None and answers[number].shape == request.answers[number].shape:
                changes = np.maximum(changes, _distances(lone, _flat_rows(answers[number])))
        return bool(np.all(found.distances <= changes))

    def _nudged(self, values: np.ndarray) -> np.ndarray:
        if values.dtype.kind != "f":
            return values
        few = 8 * np.finfo(values.dtype).eps
        scale = np.maximum(np.abs(values), 1)
        return (values + scale * self._random.uniform(-few, few, values.shape)).astype(values.dtype)


def _among(counts: Sequence[int], viable: Sequence[int]) -> list[int]:
    """The counts, with those that cannot be run replaced."""
    return [count if count in viable else viable[index % len(viable)] for index, count in enumerate(counts)]


def _bytes(array: np.ndarray) -> bytes:
    return str(array.tolist()).encode() if array.dtype.kind in "OU" else array.tobytes()


@dataclasses.dataclass(frozen=True)
class Difference:
    """How the output of a joined request differs from that of the request alone. Without a problem, it is near enough."""

    problem: str | None = None
    relative: float = 0.0
    """Only for floats: the largest distance, as a part of its row's magnitude."""
    distances: np.ndarray | None = None
    """Only for floats: the largest distance in each row, infinite if only one of the two values is finite."""


def difference(alone: np.ndarray, joined: np.ndarray) -> Difference:
    if alone.shape != joined.shape:
        return Difference(f"shape {list(alone.shape)} alone, {list(joined.shape)} joined")
    if alone.dtype.kind == "f":
        with np.errstate(all="ignore"):
            return _float_difference(alone, joined)
    unequal = np.argwhere(np.asarray(alone != joined))
    return Difference(_differing_row(int(unequal[0][0]), alone, joined)) if len(unequal) > 0 else Difference()


def _float_difference(alone: np.ndarray, joined: np.ndarray) -> Difference:
    ours = _flat_rows(alone)
    magnitude = np.max(np.abs(ours), axis=1, initial=0, where=np.isfinite(ours))
    distances = _distances(ours, _flat_rows(joined))
    relative = np.where(distances == 0, 0, distances / magnitude)
    largest = float(np.max(relative, initial=0))
    if largest <= TOLERANCE:
        return Difference(relative=largest)
    row = int(np.argmax(relative))
    what = "not a number or infinite" if np.isinf(distances[row]) else f"off by {relative[row]:.1e} of its magnitude"
    return Difference(f"{_differing_row(row, alone, joined)} ({what})", largest, distances)


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The largest distance in each row."""
    finite = np.isfinite(ours) & np.isfinite(theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    apart = np.where(same, 0, np.where(finite, np.abs(ours - theirs), np.inf))
    return np.max(apart, axis=1, initial=0)


def _flat_rows(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64).reshape((array.shape[0], -1) if array.size else (array.shape[0], 0))


def _differing_row(row: int, alone: np.ndarray, joined: np.ndarray) -> str:
    return f"row {row} of {len(alone)} is {_show(alone[row])} alone and {_show(joined[row])} joined"


def _show(values: Any) -> str:
    flat = np.asarray(values).ravel()
    text = ", ".join(f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value) for value in flat[:6])
    return f"[{text}{', ...' if flat.size > 6 else ''}]"
