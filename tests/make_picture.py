"""The picture at the head of README.md: what two commands show in a terminal, as an SVG made by Rich.

    python tests/make_picture.py

writes .github/gradcli.svg; test_readme.py tells when it has to be run again.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from html import unescape
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURE = Path(__file__).parent.parent / ".github" / "gradcli.svg"
WIDTH = 70
_COLUMN, _ROW = 12.2, 24.4  # Rich's measures of a character
_PIECE = re.compile(r'<text class="([^"]*)" x="([^"]*)" y="([^"]*)" textLength[^>]*>(.*?)</text>\n?', re.DOTALL)
COMMANDS = (
    'gradcli symbolic "q*chi*delta"',
    'gradcli eval "x^2*max(x, y)" --at x=2,y=1 --at x=2,y=2',
)

# Rich's own frame asks a server for a font; the reader's monospace does, as every row has its length.
_FRAME = """\
<svg viewBox="0 0 {width} @HEIGHT@" xmlns="http://www.w3.org/2000/svg">
<style>text {{ font: {char_height}px Menlo, Consolas, "DejaVu Sans Mono", monospace }}
{styles}</style>
<rect fill="#16181d" width="{width}" height="@HEIGHT@" rx="8"/>
<g transform="translate(9, 1)">{backgrounds}{matrix}</g>
</svg>
"""
_THEME = TerminalTheme(
    (22, 24, 29),
    (222, 226, 230),
    [(22, 24, 29), (240, 113, 120), (158, 206, 106), (224, 175, 104), (122, 162, 247), (187, 154, 247),
     (125, 207, 255), (222, 226, 230)],
    [(110, 116, 128), (240, 113, 120), (158, 206, 106), (224, 175, 104), (122, 162, 247), (187, 154, 247),
     (125, 207, 255), (255, 255, 255)],
)  # fmt: skip


def shown() -> Text:
    """The commands and what a terminal shows of them, with colours."""
    environment = {**os.environ, "COLUMNS": str(WIDTH), "PYTHONPATH": str(PICTURE.parent.parent)}
    environment.pop("NO_COLOR", None)
    text = Text()
    for command in COMMANDS:
        arguments = [*shlex.split(command)[1:], "--format", "table", "--color", "always"]
        done = subprocess.run(
            [sys.executable, "-m", "gradcli", *arguments], capture_output=True, env=environment, check=True
        )
        text.append("$ ", "dim").append(f"{command}\n", "bold")
        text.append_text(Text.from_ansi(done.stdout.decode())).append("\n")
    text.rstrip()
    return text


def picture(text: Text) -> str:
    """The text as an SVG."""
    console = Console(file=StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="truecolor")
    console.print(text, end="")
    height = round(_ROW * (text.plain.count("\n") + 1.6))
    frame = _FRAME.replace("@HEIGHT@", str(height))
    return _PIECE.sub(_placed, console.export_svg(theme=_THEME, code_format=frame, unique_id="g"))


def _placed(piece: re.Match[str]) -> str:
    """A piece of a row without the spaces around it, which not every viewer keeps, and without Rich's frame for it."""
    name, left, top, text = piece.groups()
    inner = text.replace("&#160;", " ")
    if not inner.strip():
        return ""
    x = float(left) + _COLUMN * (len(inner) - len(inner.lstrip()))
    length = _COLUMN * len(unescape(inner.strip()))
    shown = inner.strip().replace("  ", "&#160;&#160;")
    return f'<text class="{name}" x="{x:.1f}" y="{top}" textLength="{length:.1f}">{shown}</text>\n'


def rows(svg: str) -> list[str]:
    """What a picture shows, row by row."""
    found: dict[float, list[tuple[float, str]]] = {}
    for left, top, text in re.findall(r'<text class="[^"]*" x="([^"]*)" y="([^"]*)"[^>]*>(.*?)</text>', svg):
        found.setdefault(float(top), []).append((float(left), unescape(text).replace("\xa0", " ")))
    lines = []
    for top in sorted(found):
        line = ""
        for left, text in sorted(found[top]):
            line = line.ljust(round(left / _COLUMN)) + text
        lines.append(line)
    return lines


if __name__ == "__main__":
    PICTURE.write_text(picture(shown()), encoding="utf-8")
