"""How it is written elsewhere, and how here: what is said of texts from other languages, programs and pages.

Nothing in these tables is a rule of the grammar. They are asked once a text could not be read: for a sign, for the
name of a function, or for a habit at that place (`instead`). A message that misleads is mended by a row here. What
was read in spite of a habit is told by `doubts`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from gradcli.errors import Source, Span
from gradcli.language.doubts import COMMENT

_AROUND = 150  # characters on each side of an error in which a habit is looked for
_NAME = r"[^\W\d]\w*"

DERIVATIVE = "a derivative is not written into the expression"
DERIVES = "give just the function: gradcli derives it"
_INTEGRATES = "gradcli derives; it does not integrate"
_CHOOSES = "write where(condition, a, b), or: a if condition else b"
_LISTS = "write the terms with +, or as Python source with a loop"
_MULTIPLIES = "write the factors with *, or as Python source with a loop"
_REAL = "all numbers are real here"
_VALUES = "values are no part of an expression"
_NAMED = "this is not how something gets a name here"

SIGNS = {
    "?": _CHOOSES,
    ":": _CHOOSES,
    "=": "to compare, write ==; an equation is written as a difference; an output is named by: name = ...",
    ":=": "write = to name something",
    "&&": "write: and",
    "&": "write: and",
    "|": "write: or; abs(x) or |x| is the absolute value",
    "~": "write: not, or - for the negative",
    ".": "there are no attributes here; a decimal needs digits",
    "\\": "this looks like LaTeX, which is not read: write sqrt(x), a/b, sin(x)",
    "$": "this looks like LaTeX or a shell variable, which are not read",
    "∂": DERIVES,
    "∇": DERIVES,
    "′": DERIVES,
    "∫": _INTEGRATES,
    "∑": _LISTS,
    "∏": _MULTIPLIES,
    "@": "write * for a product",
    **dict.fromkeys("'\"`“”‘’", "text has no value here; leave out quotation marks"),
    "∈": "there are no sets here; leave it out",
    **dict.fromkeys("⟨⟩⌊⌋⌈⌉", "write parentheses; the rounded number is floor(x) or ceil(x)"),
    **dict.fromkeys("″‴", DERIVES),
    "∞": "write np.inf",
    "±": "write both as outputs: a + b; a - b",
    "∓": "write both as outputs: a - b; a + b",
    "°": "angles are in radians: radians(30) is 30 degrees",
    "‖": "the length of a vector is hypot(x, y)",
    "≈": "write == to compare; an equation is written as a difference",
    "≡": "write == to compare; an equation is written as a difference",
    "…": "write each term, or Python source with a loop",
}
"""What to write for a sign that the language does not have."""

PRIMES = "'’′"
"""Signs that mark a derivative, right behind a name or a bracket."""

NAMES = {
    **dict.fromkeys(("diff", "derivative", "deriv", "derive", "differentiate", "D"), DERIVES),
    **dict.fromkeys(("grad", "gradient", "jacobian"), DERIVES),
    "hessian": f"{DERIVES}, with --hessian its second partials too",
    "laplacian": f"{DERIVES}, with --laplacian",
    "curl": "give the components, separated by ;, and --curl",
    **dict.fromkeys(("div", "divergence"), "give the components, separated by ;, and --divergence"),
    **dict.fromkeys(("integrate", "integral", "quad", "int"), _INTEGRATES),
    **dict.fromkeys(("limit", "lim"), "gradcli derives; it does not take limits"),
    **dict.fromkeys(("series", "taylor", "solve", "simplify", "expand", "factor"), "gradcli derives, and nothing else"),
    **dict.fromkeys(("sum", "total", "avg", "mean", "average", "Σ"), _LISTS),
    **dict.fromkeys(("prod", "product", "Π"), _MULTIPLIES),
    **dict.fromkeys(("sumsq", "ssq"), "write the squares with +: x^2 + y^2"),
    **dict.fromkeys(("Γ", "tgamma"), "write gamma(x)"),
    **dict.fromkeys(("ncdf", "normcdf", "pnorm", "cdfn", "Φ"), "write (1 + erf(x/sqrt(2)))/2"),
    **dict.fromkeys(("npdf", "normpdf", "dnorm", "φ"), "write exp(-x^2/2)/sqrt(2*pi)"),
    "ld": "write log2(x)",
    "cis": _REAL,
    **dict.fromkeys(("if", "iff", "iif", "ifelse", "ifthenelse", "cond", "which", "piecewise", "cases"), _CHOOSES),
    "and": "write: a and b",
    "or": "write: a or b",
    "not": "write: not a",
    **dict.fromkeys(("re", "im", "real", "imag", "conj", "conjugate", "arg", "complex"), _REAL),
    **dict.fromkeys(
        ("fmod", "rem"), "write a % b, which has the sign of b; or a - b*where(a/b > 0, floor(a/b), ceil(a/b))"
    ),
    **dict.fromkeys(("trunc", "fix", "truncate"), "write where(x > 0, floor(x), ceil(x))"),
    **dict.fromkeys(("frac", "fract"), "write x - floor(x), or x % 1"),
    **dict.fromkeys(("sqr", "square"), "the square of x is x^2, its root sqrt(x)"),
    "exp10": "write 10^x",
    **dict.fromkeys(("reciprocal", "inv", "inverse"), "write 1/x"),
    **dict.fromkeys(("nthroot", "root", "surd", "realroot"), "the n-th root of x is x^(1/n); cbrt(x) is the third"),
    **dict.fromkeys(("dot", "matmul", "cross", "linalg"), "write the products with * and +; Python source has vectors"),
    **dict.fromkeys(("norm", "dist", "distance"), "write hypot(x, y)"),
    **{f"{name}d": f"angles are in radians: {name}(radians(x))" for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{f"{name}d": f"angles are in radians: degrees({name}(x))" for name in ("asin", "acos", "atan", "acot")},
    **dict.fromkeys(("step", "unitstep", "heavisidetheta", "theta"), "write heaviside(x)"),
    **dict.fromkeys(
        ("binomial", "binom", "choose", "comb", "combin", "nchoosek", "ncr"),
        "write gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))",
    ),
    **dict.fromkeys(("npr", "permut", "perm"), "write gamma(n + 1)/gamma(n - k + 1)"),
    **dict.fromkeys(("clip", "clamp"), "write max(low, min(x, high))"),
    **dict.fromkeys(("lerp", "mix"), "write a + t*(b - a)"),
    **dict.fromkeys(("gelu",), "write x*(1 + erf(x/sqrt(2)))/2"),
    **dict.fromkeys(("silu", "swish"), "write x*sigmoid(x)"),
    **dict.fromkeys(("rand", "random", "randn"), "what is left to chance has no derivative"),
    **dict.fromkeys(("print", "disp", "float", "double", "str", "eval", "N"), "leave it out"),
    **dict.fromkeys(("symbol", "symbols", "var"), "a variable is its name: x"),
    **dict.fromkeys(("rational", "divide"), "write a/b"),
    **dict.fromkeys(("plus", "add"), "write a + b"),
    **dict.fromkeys(("times", "mul", "multiply"), "write a*b"),
    **dict.fromkeys(("subtract", "minus"), "write a - b"),
    **dict.fromkeys(("vector", "matrix", "array", "list", "tuple"), "separate several outputs by ;"),
}
"""What to write for a function that the language does not have, by its name in small letters, or as it is."""


class Habit(NamedTuple):
    """What is written elsewhere: its pattern, what is said of it, and what to write, with the pattern's groups."""

    pattern: str
    message: str
    hint: str


_INNER = r"\s*((?:[^;\n()]|\((?:[^()]|\([^()]*\))*\))+?)\s*"
_OUTPUT = r"(?:[^(),;\n]|\([^()\n]*\))+"
_ARGUMENT = r"\s*([^,;\n()\[\]]+?)\s*"

HABITS = (
    Habit(
        rf"\b(?:D|[Dd]iff|[Dd]erivative|[Dd]eriv|[Dd]erive|differentiate)\s*[\[(](?:expression\()?{_INNER}\)?\s*,"
        rf"\s*[\"']?({_NAME})[\"']?\s*(?:,[^()\[\]]*)?[\])]",
        DERIVATIVE, r"give just the function, \1, with --wrt \2: gradcli derives it",
    ),
    Habit(
        r"\bd\^?(\d)\s*\w*\s*/\s*d\w+\^?\1", DERIVATIVE,
        r"give just the function, with --order \1: gradcli derives it",
    ),
    Habit(
        rf"\bd\({_INNER}\)\s*/\s*d({_NAME})", DERIVATIVE,
        r"give just the function, \1, with --wrt \2: gradcli derives it",
    ),
    Habit(r"\blim\b.*", "a limit is not written into the expression", "gradcli derives; it does not take limits"),
    Habit(
        r"\b(?:[Dd]erivative|[Gg]radient|[Hh]essian)\s+of\s+([^;\n]+)", DERIVATIVE,
        r"give just the function, \1: gradcli derives it",
    ),
    Habit(
        r"(?:\bwith respect to|\bwrt\b|\bw\.r\.t\.)\s*(\w+)", DERIVATIVE,
        r"give just the function, with --wrt \1: gradcli derives it",
    ),
    # sums, products and functions by their Greek letters, before braces
    Habit(r"∑_[^;\n]*|(?<!\w)Σ(?:_\{[^;\n]*|\s+[^\W\d]\w*)", "sums have no sign of their own here", _LISTS),
    Habit(r"∏_[^;\n]*|(?<!\w)Π(?:_\{[^;\n]*|\s+[^\W\d]\w*)", "products have no sign but * here", _MULTIPLIES),
    Habit(rf"(?<!\w)Γ\s+({_NAME})", "there is no function 'Γ' here", r"write gamma(\1); for a product, Γ*\1"),
    # choices in braces, before vectors
    Habit(
        r"\{\s*([^{}:,;\n]*[<>=][^{}:,;\n]*?)\s*:\s*([^{}:,;\n]+?)\s*,\s*([^{}:,;\n]+?)\s*\}",
        "a choice has no braces here", r"write where(\1, \2, \3)",
    ),
    Habit(
        r"([^\s{};\n][^{};\n]*?)\s*\{\s*([^{}:,;\n]*[<>=][^{}:,;\n]*?)\s*\}", "a condition has no braces here",
        r"write where(\2, \1, ...), with what holds elsewhere for ...",
    ),
    # names, parameters
    Habit(
        r"\bS\(\s*(\d+)\s*\)", "a number needs no S( ) around it", r"write \1: fractions are exact here"
    ),
    Habit(
        rf"\bC\(\s*({_NAME}|\d+)\s*,\s*({_NAME}|\d+)\s*\)", "there is no function 'C' here",
        r"write \1!/(\2!*(\1 - \2)!)",
    ),
    Habit(
        rf"^\s*\(({_OUTPUT}),\s*({_OUTPUT})\)\s*$", "outputs are separated by semicolons, without parentheses",
        r"write: \1; \2",
    ),
    Habit(r"\b([A-Za-z]{1,3}\d+):([A-Za-z]{1,3}\d+)", "a range of cells is no number", r"name each: \1 + ... + \2"),
    Habit(rf"(?<!\w)({_NAME}\([^()]*\)|{_NAME})\s*:=", _NAMED, r"write \1 = ..."),
    Habit(rf"(?<!\w)({_NAME})\s*\[[^\[\]]*_[^\[\]]*\]\s*:?=", _NAMED, r"write \1(x) = ..., without the _"),
    Habit(rf"(?<!\w)({_NAME})\([^()]*::[^()]*\)\s*=", "parameters have no types here", r"write \1(x) = ..."),
    Habit(rf"(?:^|;)\s*({_NAME})\s*<-(?=\s)", _NAMED, r"write \1 = ..."),
    Habit(rf"(?:^|;)\s*({_NAME}(?:\([^()]*\))?)\s*:(?![=:])", _NAMED, r"write \1 = ..."),
    Habit(rf"\b(?:let|var|const|double|float|real|auto|val|local)\s+({_NAME})", _NAMED, r"write \1 = ..."),
    Habit(r"\\\(([^()]*)\)", "this is not how a function is written here", r"write f(\1) = ..."),
    Habit(r"@\s*\(([^()]*)\)", "this is not how a function is written here", r"write f(\1) = ..."),
    Habit(r"\bfunction\s*\w*\s*\(([^()]*)\)", "this is not how a function is written here", r"write f(\1) = ..."),
    Habit(
        r"(?:^|;)\s*\(?([\w, ]+?)\)?\s*(?:[-=]>|[→↦])", "this is not how a function is written here",
        r"write f(\1) = ...",
    ),
    Habit(
        r"\breturn\b\s*[^\s;]*", "'return' belongs into Python source",
        "leave it out; or write: def f(x): return ...",
    ),
    Habit(r"\blambda\s+(\w+)\s*,\s*([^,;\n]+)", "a colon follows what a lambda takes", r"write: lambda \1: \2"),
    Habit(r"\blambda\b[^:\n]*:.*", "a lambda stands by itself here", "write: lambda x: ..., or: f(x) = ..."),
    Habit(r"(?<![<>=!:])[-+*/]=(?!=)", "names get a value once", "write name = ..., a new name for a new value"),
    Habit(r"\+\+|--$", "names get a value once", "write x + 1, with a new name"),
    Habit(r"\bMath\.(\w+)", "functions stand without their module", r"write \1"),
    Habit(rf"([\w./-]+\.py)::({_NAME})", "a function of a file stands behind one colon", r"write \1:\2"),
    Habit(rf"\b{_NAME}::({_NAME})", "functions stand without their module", r"write \1"),
    # indices, powers, roots
    Habit(
        rf"(?<!\w)({_NAME})\[\[?\s*(\d+)\s*\]?\]", "there are no indices in a formula",
        r"an element is a variable of its own, \1_\2; Python source has indices",
    ),
    Habit(
        r"(?<!\w)([^\W\d])\(\s*(\d+)\s*\)", "there are no indices in a formula",
        r"an element is a variable of its own, \1_\2; a product is \1*(\2)",
    ),
    Habit(
        r"(?<!\w)[\[{][^\[\]{}\n]*[,;][^\[\]{}\n]*[\]}]", "there are no vectors in a formula",
        "separate several outputs by ;, without brackets",
    ),
    Habit(
        r"\([^()\n]*;[^()\n]*\)", "arguments are separated by commas",
        "write , for ; and, in decimals, a point for a comma",
    ),
    Habit(rf"(?<!\w)({_NAME}?)_\{{\s*(\w+)\s*\}}", "an index is written without braces", r"write \1_\2"),
    Habit(
        rf"(?<!\w)({_NAME}?)_\{{[^{{}}\n]*\}}", "an index is written without braces",
        r"make it a part of the name: \1_1",
    ),
    Habit(rf"(?<!\w)({_NAME})\^\{{(\d+)\}}", "this power is written without braces", r"write \1^\2(...)"),
    Habit(r"³√\s*\(?\s*(\w+)", "a cube root is written as a function", r"write cbrt(\1)"),
    Habit(r"⁴√\s*\(?\s*(\w+)", "a root is written as a power", r"write \1^(1/4)"),
    Habit(r"\bexp\s*(?:\^|\*\*)\s*\S", "exp is a function", "write exp(x), or e^x"),
    Habit(
        rf"\blog(?:2|10)\({_ARGUMENT},{_ARGUMENT}\)", "the base of this logarithm is in its name",
        r"write log(\1, \2)",
    ),
    Habit(r"\blog_?\{?(\d+)\}?\s*[\[(]", "the base of a logarithm is its second argument", r"write log(x, \1)"),
    Habit(
        rf"\bArcTan\[{_ARGUMENT},{_ARGUMENT}\]", "the angle of a point is atan2, which has y first",
        r"write atan2(\2, \1)",
    ),
    Habit(
        rf"\ba(?:rc)?tan\({_ARGUMENT},{_ARGUMENT}\)", "the angle of a point is atan2", r"write atan2(\1, \2)"
    ),
    Habit(rf"\bround\({_ARGUMENT},\s*(\d+)\s*\)", "round is to whole numbers", r"write round(\1*10^\2)/10^\2"),
    Habit(r"%i\b", "%i is the imaginary unit", _REAL),
    Habit(r"%(pi|e)\b", "constants have no % before them", r"write \1"),
    Habit(r"\b(?:pi|PI|Pi)\(\s*\)", "pi is no function", "write pi"),
    Habit(r"([\d.]+)\s*%\s*(?:[-+*/)^;]|$|of\b.*)", "a percentage is not read", r"write (\1/100)"),
    # choices, comparisons
    Habit(
        r"\b[Ii]f\s+([^;\n]{1,60}?)\s+then\s+([^;\n]{1,60}?)\s+else\s+([^;\n]+)", "a choice begins with its value here",
        r"write \2 if \1 else \3",
    ),
    Habit(r"(?:^|;)\s*if\b.*", "a choice begins with its value here", _CHOOSES),
    Habit(r"<>|/=|~=|=!=|=/=", "these signs do not compare", "write != for unequal"),
    Habit(r"===", "these signs do not compare", "write == for equal"),
    Habit(r"=<|=>", "these signs do not compare", "write <= or >="),
    Habit(r"\|>", "functions are called with parentheses", "write f(x)"),
    Habit(r"\.[-+]", "sums have no point", "write + or -"),
    Habit(r"\|\|", "'||' cannot stand here", "write: or; between absolute values *, as in |x|*|y|"),
    Habit(r"%%|%/%", "these signs stand for nothing here", "the remainder is %, the quotient rounded down //"),
    Habit(r"(\w+)\s+mod\s+(\w+)", "the remainder has a sign", r"write \1 % \2, or mod(\1, \2)"),
    Habit(r"(\w+)\s+div\s+(\w+)", "the quotient, rounded down, has a sign", r"write \1//\2"),
    Habit(r"(?:^|[(,;=])\s*!", "the mark is for factorials, n!", "write: not"),
    Habit(
        r"\b(?:times|over|plus|minus|squared|cubed|to the power of|divided by|square root of|choose)\b(?!\s*\()",
        "words are not read as signs", "write *, /, +, -, ^2, sqrt(x)",
    ),
    Habit(r"\bwhere\s+[^=;(\n]*[<>][^;\n]*", "a condition is no part of a statement", _CHOOSES),
    # comments, before what looks for single signs
    Habit(rf"(?://+|%|--|!)\s*{_NAME}(?:[ \t]+\w+)+", "this is no comment here", COMMENT),
    Habit(r"/\*|\(\*", "this is no comment here", COMMENT),
    # values, cells
    Habit(
        rf"(?:\bwhere|\bat|\bfor|\bwith|\bwhen)\s+({_NAME})\s*=(?!=)\s*([^\s,;]+)", _VALUES,
        r"eval takes them apart: --at \1=\2",
    ),
    Habit(rf"/\.\s*\{{?\s*({_NAME})\s*(?:->|→)\s*([^\s,;}}]+)", _VALUES, r"eval takes them apart: --at \1=\2"),
    Habit(rf"\.\s*(?:subs|replace)\s*\(\s*({_NAME})\s*,\s*([^\s,;)]+)", _VALUES, r"eval takes them apart: --at \1=\2"),
    Habit(r"\.\s*(?:diff|grad|backward)\s*\(", DERIVATIVE, DERIVES),
    Habit(
        r"\$[A-Za-z]{1,3}\$?(\d+)|\b[A-Za-z]{1,3}\$(\d+)", "a cell's name has no dollar sign here",
        "write A1 for $A$1",
    ),
    Habit(r"\.\.\.?|…", "nothing is left out in a formula", "write each term, or Python source with a loop"),
    Habit(r"\d['’]\d{3}", "digits are not grouped like this", "write 1_000"),
)  # fmt: skip
"""Looked through in order where a text cannot be read; a row counts if what it finds overlaps the place."""


def instead_of(name: str) -> str | None:
    """What to write for a function that the language does not have."""
    return NAMES.get(name) or (NAMES.get(name.lower()) if len(name) > 1 else None)


def instead(source: Source, span: Span, functions: Container[str] = ()) -> tuple[str, str, Span] | None:
    """What is said of a habit at the place of an error, what to write, and where it stands; `None` without one.

    Args:
        functions: those that the document defines, whose calls are no habits.
    """
    text = source.text
    start = min(span[0], max(len(text) - 1, 0))
    begin = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    end = text.find("\n", start)
    end = min(len(text) if end < 0 else end, start + _AROUND)
    for habit in HABITS:
        for found in re.compile(habit.pattern, re.MULTILINE).finditer(text, begin, end):
            own = bool(found.groups()) and found[1] in functions
            if found.start() < max(span[1], start + 1) and start < found.end() and not own:
                lead = len(found[0]) - len(found[0].lstrip("; "))
                return habit.message, found.expand(habit.hint), (found.start() + lead, found.end())
    return None
