"""Every way through a function counts: what is left early, and what lists are by then, is as Python has it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli
from gradcli import engine
from gradcli.errors import Source
from gradcli.language.document import parse
from gradcli.naming import Partial

GRID = [(x / 4, y / 4) for x in (-9, -2, 0, 1, 4, 7) for y in (-5, 0, 2, 3, 12)]
"""Fractions with few binary digits: sums and small products of them are exact, and so is what is compared."""

HELPERS = """
def early(u, c):
    if c > 0.5:
        u[0] += 1
        return u[1]
    u[1] -= c
    return u[0]

def search(u, c):
    for k in range(2):
        if u[k] > c:
            u[k] -= 0.5
            break
        u[k] += c
        if u[k] == 1:
            return
    else:
        u[1] = c

def put(u, c):
    u[0] += c
    return u

def check(x):
    if x < 0:
        raise ValueError("too small")
    if x > 2.5:
        raise ValueError("too large")
"""


def same_as_running(text: str, points: list[tuple[float, float]]) -> None:
    """Compares the value of f(x, y) with what Python gives."""
    program = parse(Source(text, "ways.py"), function="f")
    program.check()
    names: dict[str, Any] = {}
    exec(text, names)
    function: Callable[[float, float], float | None] = names["f"]
    prepared = engine.prepare(program, [Partial("f", ())])
    found = prepared.evaluate({"x": [x for x, _ in points], "y": [y for _, y in points]})["f"]
    for k, (x, y) in enumerate(points):
        try:
            assert found[k] == function(x, y), f"at {x, y}:\n{text}"
        except ValueError:
            assert math.isnan(found[k]), f"at {x, y}:\n{text}"


# --- by hand --------------------------------------------------------------------------------------------------

LEFT = {
    "the only round swaps and leaves": """
        p = [x, y]
        while p[0] > p[1]:
            p[0], p[1] = p[1], p[0]
            break
        return p[0] - 2*p[1]""",
    "a break after a change": """
        a = [x, 0.0]
        while x > 0:
            a[1] = y
            break
        return a[0] + a[1]""",
    "a return after a change, and the list afterwards": """
        p = [x, y]
        def inner():
            while x > 1:
                p[0] = 10.0
                return p[0] + p[1]
            return p[0]
        return inner() + 100*p[0]""",
    "the last round alone changes": """
        p, flag, it = [x], [0.0], 0
        while abs(p[0] - y) > 0.1:
            it += 1
            p[0] = (p[0] + y)/2
            if it == 4:
                flag[0] = 100.0
                break
        return p[0] + flag[0]""",
    "a list outside of a function that is left in its loop": """
        log = [0.0]
        def inner(x):
            for k in range(4):
                if x < 0.125:
                    break
                x = x*0.5 - y*0.25
                if k == 3:
                    log[0] = 1000.0
                    return x
            return x
        return inner(x) + log[0]""",
    "all ways leave the first round": """
        u = [x, y]
        def inner():
            while True:
                if x:
                    break
                u[0] -= 1
                return 2
            return u[0]
        return inner() + 10*u[0]""",
    "continue from the else of a loop": """
        a = [x]
        for i in range(3):
            for j in range(2):
                if j*a[0] > y:
                    break
            else:
                a[0] += 1
                continue
            a[0] *= 2
        return a[0]""",
    "break from the else of a loop, under a condition": """
        a, b = [x], [y]
        for i in range(3):
            for j in range(2):
                a[0] -= j
                if a[0] < b[0]:
                    b[0] -= 1
                    break
            else:
                if a[0] > 0.75:
                    a[0] = 7.0
                    break
                b[0] += 2
            a[0] += 0.5
        return a[0] + 10*b[0]""",
    "a function that leaves early after a change": """
        u = [x, y]
        early(u, x)
        early(u, u[1])
        return u[0] + 10*u[1]""",
    "a function that may return what it was given": """
        u = [x, y]
        for v in (x, y, x - y):
            if v < -1:
                break
            put(u, v)
        return u[0] + 10*u[1]""",
    "a loop that is left by return only, in a branch": """
        u = [x, y]
        if y > 0.25:
            for k in range(2):
                if u[k] > 1:
                    return 7
                u[0] += 1
        return u[0] + 10*u[1]""",
    "a list that is made after a way has left": """
        s = 0.0
        for k in range(3):
            if x < k:
                s += 5
                continue
            u = [x, y]
            if y < k:
                u[0] = 1.0
                break
            s += u[0] - u[1]
        return s""",
    "a list that is put into an older one": """
        def hold(u, c):
            t = [1.0, 2.0]
            u[0] = t
            if c > 0:
                return
            t[0] = 5.0
        u = [0]
        hold(u, x)
        return u[0][0]""",
    "a dictionary that is returned before it changes": """
        def made():
            d = {"a": x}
            if x > 0:
                return d
            d["a"] = y
            return d
        return made()["a"]""",
    "an exception in a function that gives nothing": """
        s = 0
        for v in (x, y):
            check(v)
            if v > 1:
                break
            s += v
        return s""",
    "None until there is one": """
        b = None
        for v in (x, y, x + y):
            if v > 1:
                b = v
                break
        return 0.0 if b is None else b""",
    "None, asked for in statements": """
        b = None
        if x > 0:
            b = x*y
        s = 1.0
        if b is None:
            s += 2
        else:
            s += b
        if y > 1 and b is None:
            s += 10
        return s if b is None else s*b""",
    "the largest of those that there are": """
        best = None
        for v in (x, y, x*y):
            if v < 0:
                continue
            if best is None:
                best = v
            elif v > best:
                best = v
        if best is not None:
            return best
        return -1.0""",
}


@pytest.mark.parametrize("way", LEFT)
def test_what_a_way_leaves_is_what_it_leaves_in_python(way: str) -> None:
    same_as_running(f"{HELPERS}\ndef f(x, y):\n{textwrap.indent(textwrap.dedent(LEFT[way]), '    ')}\n", GRID)


def test_the_numbers_of_a_swap_in_the_only_round() -> None:
    """x=1, y=3: no round, p = [1, 3]. x=3, y=1: they are swapped, which gives y - 2*x."""
    text = "def f(x, y):\n" + textwrap.indent(textwrap.dedent(LEFT["the only round swaps and leaves"]), "    ")
    for point, value, partials in (((1, 3), -5, (1, -2)), ((3, 1), -5, (-2, 1))):
        found = gradcli.gradient(text, at=dict(zip("xy", point, strict=True)))
        assert (found.value, found.partials["x"], found.partials["y"]) == (value, *partials)


# --- any ------------------------------------------------------------------------------------------------------

PLACES = ("u[0]", "u[1]", "w[0]", "s")
NUMBERS = (*PLACES, "x", "y", "0.5", "2", "-1")


@st.composite
def conditions(draw: st.DrawFn) -> str:
    a, b = draw(st.sampled_from((*PLACES, "x", "y"))), draw(st.sampled_from(NUMBERS))
    return draw(st.sampled_from([f"{a} < {b}", f"{a} > {b}", f"{a} == {b}", a, f"not {a}", f"{a} < 1 or {b} > 1"]))


@st.composite
def changes(draw: st.DrawFn) -> str:
    """One statement that changes a list or a name; the numbers stay exact."""
    place, number = draw(st.sampled_from(PLACES)), draw(st.sampled_from(NUMBERS))
    return draw(
        st.sampled_from([
            f"{place} += {number}", f"{place} = {number} - {place}", f"{place} = {number}", f"{place} *= 0.5",
            "u[0], u[1] = u[1], u[0]", "w[0], s = s, w[0]", f"early(u, {number})", f"search(u, {number})",
            f"put(w, {number})", f"s += early(u, {number})",
        ])
    )  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn, depth: int, leaving: tuple[str, ...]) -> list[str]:
    """Statements; `leaving` are the ways out of what is around."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("change", "leave", "if", "for", "while")[: 5 if depth else 2]))
        if kind == "change":
            lines.append(draw(changes()))
        elif kind == "leave":
            lines += [f"if {draw(conditions())}:", f"    {draw(changes())}", f"    {draw(st.sampled_from(leaving))}"]
        elif kind == "if":
            lines += [f"if {draw(conditions())}:", *indented(draw(blocks(depth - 1, leaving)))]
            if draw(st.booleans()):
                lines += ["else:", *indented(draw(blocks(depth - 1, leaving)))]
        else:
            inside = [*draw(blocks(depth - 1, ("break", "continue", "return s", "break", "continue")))]
            if draw(st.booleans()):
                inside.append(draw(st.sampled_from(["break", "continue", f"return {draw(st.sampled_from(PLACES))}"])))
            if kind == "for":
                lines += [f"for k{depth} in {draw(st.sampled_from(['range(2)', '(x, y)']))}:"]
            else:
                count = f"n{depth}"  # so that the loop ends
                lines += [f"{count} = 0", f"while {count} < 2 and ({draw(conditions())}):", f"    {count} += 1"]
            lines += indented(inside)
            if draw(st.booleans()):
                lines += ["else:", *indented(draw(blocks(depth - 1, leaving)))]
    return lines


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@settings(max_examples=150)
@given(blocks(2, ("return s",)))
def test_any_way_leaves_what_it_leaves_in_python(lines: list[str]) -> None:
    """A function's value, and what it has made of the lists that it was given."""
    inner = ["def inner(x, y, u, w):", "    s = 1.0", *indented(lines), "    return s"]
    body = [*inner, "u, w = [x, y], [2.0]", "return inner(x, y, u, w) + 3*u[0] + 16*u[1] + 64*w[0]"]
    same_as_running("\n".join([HELPERS, "def f(x, y):", *indented(body)]) + "\n", GRID)
