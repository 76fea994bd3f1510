"""Runs checks in their order in the file, each with a title; the last line counts them."""

import sys
import traceback

_CHECKS = []


def check(title):
    """Registers a function as the check of `title`."""

    def register(function):
        _CHECKS.append((title, function))
        return function

    return register


def run_checks():
    failed = 0
    for title, function in _CHECKS:
        try:
            function()
            print(f"ok {title}")
        except Exception:  # noqa: BLE001 - any exception fails this check only; the others still run
            failed += 1
            print(f"not ok {title}")
            traceback.print_exc(limit=4, file=sys.stdout)
    print(f"{len(_CHECKS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def rejects(work, kind, text):
    """The exception of `work`, which must be a `kind` with `text` in its message."""
    try:
        work()
    except kind as error:
        assert text in str(error), f"{text!r} is not in {error}"
        return error
    raise AssertionError(f"nothing was raised; expected {kind.__name__} with {text!r}")
