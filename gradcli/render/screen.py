"""What Rich draws, as text: in the colours that the terminal has, and as wide as it is."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console
from rich.text import Text

from gradcli.render import Style


def console(style: Style, width: int) -> Console:
    """A console that writes into memory, and takes nothing from the environment."""
    return Console(
        file=StringIO(), width=width, force_terminal=style.color, no_color=not style.color, highlight=False,
        color_system=style.palette if style.color else None, legacy_windows=False, emoji=False, markup=False,
        safe_box=False,
    )  # fmt: skip


def drawn(what: Any, style: Style, *, words: bool = False) -> str:
    """The text of a table on the style's width, or of lines, which are left as they are, or broken between words."""
    screen = console(style, style.width)
    screen.print(what, soft_wrap=isinstance(what, Text) and not words)
    text: str = screen.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
