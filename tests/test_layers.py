"""Imports point downwards only, heavy ones stand where they belong, and nothing is ever run.

The modules are read through `ast`, imports inside functions too; those for type checkers alone do not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gradcli

ROOT = Path(gradcli.__file__).parent

PAGE = (Path(__file__).parent.parent / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [re.findall(r"`(\w+)(?:\.py|/)`", row) for row in re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE)]
LAYERS = [*ROWS[:-1], [*ROWS[-1], "", "__main__"]]
"""From the lowest, as the page for the next engineer lists them; packages stand for all their modules, "" is gradcli
itself."""

HEAVY = {
    "sympy": {"sympy_bridge"},
    "rich": {"render.screen", "render.table", "render.wrap", "render.drawing"},
    "click": {"cli"},
    "mpmath": {"evaluate"},
    "scipy": {"evaluate.special"},
    "matplotlib": {"render.figure"},
}
"""Who may import a library: these modules, and those below them."""

FORBIDDEN = frozenset({"eval", "exec", "compile", "sympify", "parse_expr", "__import__"})


def module_name(path: Path) -> str:
    """`language.parser`, `backends` for a package, "" for gradcli itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def layer(module: str) -> int:
    """The index of a module's layer."""
    return next(k for k, names in enumerate(LAYERS) if module.partition(".")[0] in names)


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those for type checkers."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += node.orelse if isinstance(node, ast.If) and for_types_only(node) else ast.iter_child_nodes(node)


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of the modules that a module imports."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}".removeprefix("gradcli").lstrip(".")
                yield f"gradcli.{inner}" if node.module.startswith("gradcli") and inner in MODULES else node.module


def own(tree: ast.AST) -> set[str]:
    """The modules of gradcli that a module imports, without the prefix."""
    names = {name for name in imported(tree) if name.partition(".")[0] == "gradcli"}
    return {name.removeprefix("gradcli").lstrip(".") for name in names}


def test_every_module_has_a_layer() -> None:
    assert len(MODULES) > 20
    listed = [name for names in LAYERS for name in names]
    assert len(listed) == len(set(listed))
    assert set(listed) == {name.partition(".")[0] for name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(MODULES[module])


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module: str) -> None:
    above = {name for name in own(MODULES[module]) if layer(name) > layer(module)}
    if module.startswith("cli") or module == "__main__":
        above -= {""}
    assert not above, f"{module or 'gradcli'} imports from above: {', '.join(above)}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Within a layer too: the graph of imports has no cycle (a package's `__init__` counts as a module)."""
    graph = {module: own(tree) - {""} for module, tree in MODULES.items() if module}
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            module, leaving = pending.pop()
            if leaving:
                path.pop()
                done.add(module)
                continue
            assert module not in path, " imports ".join([*path[path.index(module) :], module])
            if module not in done:
                path.append(module)
                pending.append((module, True))
                pending += [(name, False) for name in graph[module] if name in graph]


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_are_imported_in_few_places(library: str) -> None:
    users = {m for m, tree in MODULES.items() if any(name.partition(".")[0] == library for name in imported(tree))}
    assert users, f"nobody imports {library}: the rule is out of date"
    allowed = HEAVY[library]
    assert all(any(user == name or user.startswith(f"{name}.") for name in allowed) for user in users), users


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_run(module: str) -> None:
    """No text becomes code: neither by Python nor by SymPy."""
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            is_regex = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            assert name not in FORBIDDEN or is_regex, f"{module}, line {node.lineno}: {name}"


def test_the_checks_see_what_they_are_for() -> None:
    tree = ast.parse(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n from gradcli.cli import main\n"
        "def f():\n from gradcli import engine\n import gradcli.language.parser\n import sympy.core"
    )
    assert own(tree) == {"engine", "language.parser"}
    assert "sympy.core" in set(imported(tree))


def late_for_nothing(tree: ast.Module) -> set[str]:
    """The modules that are imported within functions although the top of the module imports them as well."""
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    functions = [node for node in nodes(tree) if isinstance(node, ast.FunctionDef)]
    return set(imported(ast.Module(top, []))).intersection(name for node in functions for name in imported(node))


@pytest.mark.parametrize("module", MODULES)
def test_what_is_imported_late_is_not_there_already(module: str) -> None:
    assert late_for_nothing(MODULES[module]) == set()


def test_an_import_that_comes_late_for_nothing_is_seen() -> None:
    tree = ast.parse("import re\nfrom gradcli.errors import A\ndef f():\n import os\n from gradcli.errors import B")
    assert late_for_nothing(tree) == {"gradcli.errors"}
