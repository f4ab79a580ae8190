"""Changes each derivative rule of the table, its sign or a factor, and says which changes the tests do not notice.

    python tests/mutate_rules.py [NAME ...]      all rows, or those; exits with 1 if a mutant survives

A mutant lives in a process of its own, forked before anything was derived, where the row of the table is changed and
the tests of that row are called. The sums, products and squares that `rules.py` derives without the table are noticed
by the test of the rules' texts alone, and the others by the tests of derivatives too: both are counted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from conftest import load

from gradcli.operations import OPERATIONS

MUTATIONS = {"sign": "-({})", "factor": "2*({})"}


def mutants(row: Any) -> Iterator[tuple[str, int, Any]]:
    """What is changed, of which argument, and the row with its rule changed."""
    for position, text in enumerate(row.partials):
        if text not in (None, "0"):
            for kind, form in MUTATIONS.items():
                partials = (*row.partials[:position], form.format(text), *row.partials[position + 1 :])
                yield f"{row.name}[{position}] {kind}", position, row._replace(partials=partials)


def main(names: Sequence[str]) -> int:
    """Tries all mutants, and prints those that survive."""
    tests = load("test_operations")
    tried = by_text = by_derivatives = survived = 0
    for row in [row for row in OPERATIONS.values() if row.name in names or not names]:
        for what, position, mutant in mutants(row):
            text = not tests.is_slope(row, position, mutant.partials[position])
            derivatives = is_noticed(mutant, tests.test_value_and_partials_are_right_to_a_few_ulp)
            tried, by_text, by_derivatives = tried + 1, by_text + text, by_derivatives + derivatives
            if not (text or derivatives):
                survived += 1
                print(f"survived: {what}", flush=True)
            elif not derivatives:
                print(f"noticed by its text alone: {what}", flush=True)
    print(
        f"{tried} mutants: {by_text} noticed by the rule's text, {by_derivatives} by derivatives, {survived} survived"
    )
    return min(1, survived)


def is_noticed(mutant: Any, check: Callable[[Any], None]) -> bool:
    """Whether a test fails in a table with the changed row."""
    process = get_context("fork").Process(target=_tested, args=(mutant, check))
    process.start()
    process.join()
    return process.exitcode != 0


def _tested(mutant: Any, check: Callable[[Any], None]) -> None:
    OPERATIONS[mutant.name] = mutant
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        try:
            check(mutant)
        except Exception:  # whatever it is, the test has failed
            os._exit(1)


if __name__ == "__main__":
    from mpmath import mp

    mp.dps = 50  # as a fixture does for the tests
    sys.exit(main(sys.argv[1:]))
