"""`gradcli help TOPIC`: a page on the language, a page on formats and exit codes; or a command's help."""

from __future__ import annotations

import re

import click

from gradcli.cli.group import Group
from gradcli.cli.group import command as make_command

_SYNTAX = """\
The language

  expressions   x^2*y  x**2*y  2x  3sin(x)  (x+1)(x-1)  |x|  n!
                + - * / // % ^ **   and -x^2 is -(x^2)
                comparisons (0 < x < 1), and, or, not
                where(c, a, b)   a if c else b   [ ] and { } group as ( ) do
  numbers       3  .5  5.  1e-3  1_000       constants: pi, e, np.inf
  functions     sin(x)  sin 2x  sin^2(x)  sqrt x; gradcli functions lists all;
                np., numpy. and math. before a name are accepted
  documents     r = sqrt(x^2 + y^2); theta = atan2(y, x)    by ; or by line
                a name that a later line uses is a binding or a condition, the
                others are the outputs; # starts a comment
                f(y, x) = x*y    declares and orders the variables
                df_dx = y        beside f: its partial by x, as given
  Python        def f(x, y): return x*y    lambda x: x**2    model.py:f
                read, never run: if, loops with a limit, calls, lists and
                arrays; a default is a constant until a value or --wrt names
                it; --size x=5 makes x a vector: x_0, ..., x_4
  Unicode       × · − ² √ π and Greek letters, as people paste them

Any name is a variable unless it is called: lambda, beta, S, N, E and I are.
pi and e are constants, and variables where a value is given for them, or where
--wrt or a signature names them.

log is natural; sinc(x) is sin(x)/x; round goes half to even; % has the
divisor's sign; 0^0 is 1; x^(1/3) of a negative x is undefined, cbrt(x) is not;
xy is one variable; x y and x(y) need a *.

Points

  --at x=1,y=pi/4     one point; repeatable; a value may be a constant
                      expression, or inf
  --at @FILE          one point from a file, its pairs by comma or line
  --at 'x=[1,2]'      all numbers between two, for eval --certify
  --range x=0:1:0.1   START:STOP:STEP, without the end, as numpy.arange
  --range x=0:1:#11   START:STOP:#COUNT, with both ends, as numpy.linspace;
                      several make a grid, the last varies fastest
  --range x=0:1       START:STOP, for plot, which finds its own points
  --points FILE       every row of a table, - is standard input: csv, tsv,
                      ndjson, npy, npz, parquet, arrow; columns are found by
                      name or --rename column=x; constants beside it by --at
"""

_OUTPUT = """\
Columns

  f, df_dx, df_dy, d2f_dx_dx, d2f_dx_dy, ...
      the inputs, the values, then output by output the partials by rising
      order; several outputs give the Jacobian; --columns chooses
  df_along, laplacian_f, divergence, curl or curl_x, curl_y, curl_z
  i, j, value
      of a Hessian with more than 10,000 entries: those that are not always zero

Formats: --format, else the extension of -o, else a table on a terminal

@FORMATS@
  --bare        right-hand sides or numbers alone, tab-separated

With --points the format is that of the input, whose columns pass through
untouched; NaN and Infinity in ndjson become null and "Infinity", with a note.
Binary formats go to standard output only with --format.

Numbers have the shortest digits that read back as the same double. What is no
number is an empty cell in csv, null in json, nan in plain. Why, is in "status"
in json and ndjson, in a column by --status in csv, in a comment in plain:

  one-sided     a slope at an edge of the domain; the number is printed
  imprecise     printed; its error may exceed a millionth (rows: with --errors)
  kink          slopes from the two sides differ; both are given
  jump, vertical, undefined, overflow
  not converged     finite differences do not settle
  unresolved    it could not be told which of these it is
  missing, bad row  of --points: no number is there, or what is no UTF-8

GRADCLI_FORMAT sets the format on terminals only; there is no configuration
file. NO_COLOR is obeyed. Where the encoding is not UTF-8 tables are ASCII.
-o FILE appears whole or not at all; after a failure FILE.partial has the rows.

Exit codes

  0    done
  1    check, compare, equal: a disagreement; check, equal: nothing compared
  2    usage, an expression that cannot be read, missing values
  3    a file or table that cannot be read, used or written; a bad row
  4    something undefined, under --strict; everything is written first
  5    a limit of size or work was reached
  70   a bug in gradcli
  130  interrupted
"""

TOPICS = ("syntax", "output")
WIDTH = 80
"""What the pages are written for."""
_FILLED = 78  # columns to which their lines are filled, at least
_HANGING = re.compile(r" {0,6}\S+(?: \S+)*? {2,}(?=\S)| *")  # what stands at the left of an entry


def narrowed(text: str, width: int) -> str:
    """A page on a narrower screen: paragraphs and entries are filled again, entries below their own beginning.

    A line goes on in the next one if the first word there would not have fitted into the page.
    """
    from textwrap import fill

    lines: list[str] = []
    filled = 0
    for line in text.splitlines():
        words = line.split()
        goes_on = bool(lines and words) and lines[-1] != "" and filled + 1 + len(words[0]) > _FILLED
        if goes_on and _indent(line) == len(_hanging(lines[-1])):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        filled = len(line)
    hanging = [" " * min(len(_hanging(line)), width // 2) for line in lines]
    return "\n".join(
        fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line, indent in zip(lines, hanging, strict=True)
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _hanging(line: str) -> str:
    found = _HANGING.match(line)
    return found[0] if found else ""


def page(topic: str) -> str:
    """The page on a topic; the formats are those of the registry."""
    if topic == "syntax":
        return _SYNTAX
    from textwrap import wrap

    from gradcli.render import REGISTRY

    lines = [
        line
        for name, row in REGISTRY.items()
        for line in wrap(row.summary, 79, initial_indent=f"  {name:14}", subsequent_indent=" " * 16)
    ]
    return _OUTPUT.replace("@FORMATS@", "\n".join(lines))


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    group = ctx.find_root().command
    known = (*TOPICS, *(group.entries if isinstance(group, Group) else ()))
    return [topic for topic in known if topic.startswith(incomplete)]


@make_command(
    examples=("gradcli help syntax", "gradcli help output", "gradcli help eval"),
    short_help="a page on: syntax, output, or a command",
)
@click.argument("topic", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, topic: str | None) -> None:
    """Show a page on TOPIC: syntax (the language), output (formats, exit codes), or a command."""
    from shutil import get_terminal_size

    click.echo(_page(ctx, topic, get_terminal_size().columns).rstrip("\n"))


def _page(ctx: click.Context, topic: str | None, width: int) -> str:
    from gradcli.errors import UsageError
    from gradcli.naming import suggestion

    parent = ctx.parent
    assert parent is not None
    assert isinstance(parent.command, Group)
    if topic is None:
        return parent.get_help()
    if topic in TOPICS:
        return page(topic) if width >= WIDTH else narrowed(page(topic), max(width, 40))
    named = parent.command.get_command(parent, topic)
    if named is None:
        known = [*TOPICS, *parent.command.entries]
        from gradcli.operations import FUNCTIONS

        near = f"gradcli functions {topic}" if topic in FUNCTIONS else suggestion(topic, known)
        raise UsageError(f"there is no page '{topic}'", hint=near or f"there are: {', '.join(known)}")
    with named.make_context(topic, [], parent=parent, resilient_parsing=True) as context:
        return named.get_help(context)
