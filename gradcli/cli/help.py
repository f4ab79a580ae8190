"""`gradcli help TOPIC`: a page on the language, a page on formats and exit codes; or a command's help."""

from __future__ import annotations

import click

from gradcli.cli.group import Group
from gradcli.cli.group import command as make_command

SYNTAX = """\
The language

  expressions   x^2*y  x**2*y  2x  3sin(x)  (x+1)(x-1)  |x|  n!  -x^2 is -(x^2)
                + - * / // % ^ **  comparisons, and, or, not
                where(c, a, b)   a if c else b
  numbers       3  .5  5.  1e-3  1_000       constants: pi, e, np.inf
  functions     gradcli functions lists them; np., numpy. and math. before a
                name are accepted
  documents     r = sqrt(x^2 + y^2); theta = atan2(y, x)    by ; or by line
                a name that a later line uses is a binding, the others are
                the outputs; # starts a comment
                f(y, x) = x*y    declares and orders the variables
                df_dx = y        beside f: its partial by x, as given
  Python        def f(x, y): return x*y    lambda x: x**2    model.py:f
                read, never run: if, loops of known length, calls, lists and
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
  --points FILE       every row of a table, - is standard input: csv, tsv,
                      ndjson, npy, npz, parquet, arrow; columns are found by
                      name or --rename column=x; constants beside it by --at
"""

OUTPUT = """\
Columns

  f, df_dx, df_dy, d2f_dx_dx, d2f_dx_dy, ...
  The inputs, all values, then output by output the partials by rising order;
  several outputs give the Jacobian. --columns chooses.
  df_along, laplacian_f, divergence, curl (curl_x, curl_y, curl_z of three)
  A Hessian of more than 10,000 entries is rows i,j,value, each pair once and
  without those that can only be zero (not in plain, nor with --columns).

Formats: --format, else the extension of -o, else table on a terminal

  plain    formulas into a pipe: statements that gradcli reads
  csv      numbers into a pipe: a header, then a row a point
  tsv      the same with tabs
  json     {schema, variables, outputs, partials: [{name, output, by}], rows}
  ndjson   the rows alone, one a line
  npy npz  numbers for NumPy: a matrix; an array a column
  parquet arrow    with pip install "gradcli[arrow]"
  table    for people, as wide as the terminal
  markdown latex   documents: tables of GitHub with formulas as code; align* and
           tabular, for amsmath (-o FILE.md, -o FILE.tex)
  npz      NumPy's arrays by name, for eval --range (with the grid's axes) and
           sampled; binary, so for files and pipes
  --bare   only right-hand sides, or the numbers of the outputs, tab-separated

With --points the format is that of the input, whose columns pass through
untouched; binary formats go to standard output only with --format.

Numbers have the shortest digits that read back as the same double. What is no
number is an empty cell in csv, null in json, nan in plain. Why, is in "status"
in json and ndjson, in a column by --status in csv, in a comment in plain:

  one-sided, imprecise                               the number is printed
  kink, vertical, jump, undefined, overflow,
  not converged, unresolved                          there is none
  missing, bad row (of --points)                     there is none

GRADCLI_FORMAT sets the format on terminals only; there is no configuration
file. NO_COLOR is obeyed. Where the encoding is not UTF-8 tables are ASCII.
-o FILE appears whole or not at all; after a failure the rows that were
finished are in FILE.partial.

Exit codes

  0    done
  1    check, compare or equal found a disagreement
  2    usage, an expression that cannot be read, missing values
  3    a file or table that cannot be read, used or written; a bad row
  4    something undefined, under --strict; everything is written first
  5    a limit was reached
  70   a bug in gradcli
  130  interrupted
"""

TOPICS = {"syntax": SYNTAX, "output": OUTPUT}


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [topic for topic in TOPICS if topic.startswith(incomplete)]


@make_command(
    examples=("gradcli help syntax", "gradcli help output", "gradcli help eval"),
    short_help="a page on: syntax, output, or a command",
)
@click.argument("topic", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, topic: str | None) -> None:
    """Show a page on TOPIC: syntax (the language), output (formats, exit codes), or a command."""
    click.echo(_page(ctx, topic).rstrip("\n"))


def _page(ctx: click.Context, topic: str | None) -> str:
    from gradcli.errors import UsageError
    from gradcli.naming import suggestion

    parent = ctx.parent
    assert parent is not None
    assert isinstance(parent.command, Group)
    if topic is None:
        return parent.get_help()
    if topic in TOPICS:
        return TOPICS[topic]
    named = parent.command.get_command(parent, topic)
    if named is None:
        known = [*TOPICS, *parent.command.entries]
        raise UsageError(
            f"there is no page '{topic}'", hint=suggestion(topic, known) or f"there are: {', '.join(known)}"
        )
    with named.make_context(topic, [], parent=parent, resilient_parsing=True) as context:
        return named.get_help(context)
