"""The table of operations: one row says all that gradcli knows about an operation.

The parser, every interpreter, every backend, `gradcli functions` and the tests read these rows; adding a
function is adding a row. Derivatives, meanings, ties and domains are texts in gradcli's own language over
the arguments `a`, `b`, `c`; an operation with any number of arguments writes `x` for the one in question
and `self` for its own result. They are parsed when first used.

A derivative is written to be accurate in floating point, not to be short: no cancellation
(`1/sqrt((1-a)*(1+a))`, not `1/sqrt(1-a^2)`), no overflow on the way (`sech(a)^2`, not `1/cosh(a)^2`).
The formulas are those of the NIST Digital Library of Mathematical Functions (https://dlmf.nist.gov),
chapters 4 (elementary), 5 (gamma), 6 (exponential and related integrals), 7 (error functions and Fresnel
integrals), 9 (Airy), 10 (Bessel), 16 (hypergeometric), 19 (elliptic integrals), 25 (zeta).
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

REAL, BOOL = "real", "bool"

ANY = (-20.0, 20.0)
POSITIVE = (1e-3, 1e3)
UNIT = (-0.999, 0.999)


class Operation(NamedTuple):
    """One row of the table.

    Attributes:
        name: its name in programs, and in the language unless `spelling` says otherwise.
        summary: what it is, in a few words.
        arity: how many arguments; `None` means any number from two.
        partials: its partial derivative by each argument; `None` where there is no rule; empty: that of
            its meaning.
        meaning: an equal expression of other operations, for interpreters without a spelling of their own.
        aliases: other names in the language.
        spelling: its name or sign in the language.
        python, numpy: the function that computes it on floats (in `math`, `operator`, `elementary` or
            `special`) and on arrays (a NumPy ufunc, or in `special`); empty: by its meaning, else by mapping the
            float function.
        complex: its function in `cmath` or `operator`, or "meaning", if a complex step may pass through it.
        coarse: its function on floats in `coarse`, where bounds of errors would wait for that in `special`.
        sympy: the class that stands for it in SymPy: SymPy's own, or one of `sympy_bridge/functions.py`.
        latex: how LaTeX sets it: a name, or a template with its arguments as #1, #2; empty: by its name.
        defined: the condition under which it is defined; empty: everywhere.
        ties: the condition under which it may be continuous but not smooth, or jump; empty: nowhere.
        edge: the condition under which its slope is infinite or its domain ends, which the slope's formula shows by
            having no number, and samples do not.
        near: what it is beside the points of a condition where its partials say nothing, up to terms of a size: the
            condition, the expression, the size.
        sample: the interval that tests draw each argument from.
        roundings: a bound of its own rounding error, in units of 2^-53 of the result (an ulp is two); those of
            the C library's functions are the known errors of The GNU C Library Manual, 19.7, rounded up.
        underflows: whether its result can be too small for a double although no operand is.
        steep: whether a change of an operand near zero can change the result far more.
        monotonic: 1 if it rises wherever it is defined, -1 if it falls; 0 says nothing.
        bound: what its absolute value never exceeds.
        in_branches: whether its partials are in branches that only doubles need: exact numbers take its meaning.
        shown: its partials as people write them, where `partials` are longer for the sake of accuracy.
        internal: whether only derivatives bring it up, so that lists for people pass it over.
        selects: whether its result is always one of its arguments.
        kind: the type of its result.
        commutative: whether the order of the arguments does not matter.
        precedence: of its sign as an operator; 0 for functions.
        group: the heading that lists show it under.
    """

    name: str
    summary: str
    arity: int | None
    partials: tuple[str | None, ...] = ()
    meaning: str = ""
    aliases: tuple[str, ...] = ()
    spelling: str = ""
    python: str = ""
    numpy: str = ""
    complex: str = ""
    coarse: str = ""
    sympy: str = ""
    latex: str = ""
    defined: str = ""
    ties: str = ""
    edge: str = ""
    near: tuple[str, str, str] | None = None
    sample: tuple[tuple[float, float], ...] = (ANY,)
    roundings: int = 64
    underflows: bool = True
    steep: bool = True
    monotonic: int = 0
    bound: float = inf
    in_branches: bool = False
    shown: tuple[str, ...] = ()
    internal: bool = False
    selects: bool = False
    kind: str = REAL
    commutative: bool = False
    precedence: int = 0
    group: str = "functions"

    @property
    def is_special(self) -> bool:
        """Whether `evaluate/special.py` computes it."""
        return self.python.startswith("special.")

    def accepts(self, count: int) -> bool:
        """Whether it can be applied to so many arguments."""
        return count == self.arity or (self.arity is None and count >= 2)

    def argument_kinds(self, count: int) -> tuple[str, ...]:
        """The types of its arguments when it is applied to `count` of them."""
        if self.name == "where":
            return (BOOL, REAL, REAL)
        return (BOOL if self.name in ("and", "or", "not") else REAL,) * count


def _compare(name: str, sign: str, numpy: str) -> Operation:
    return Operation(
        name, f"whether a {sign} b", 2, ("0", "0"), spelling=sign, python=f"operator.{name}", numpy=numpy,
        complex=f"elementary.{name}", ties="a == b", roundings=0, underflows=False, steep=False, kind=BOOL,
        commutative=name in ("eq", "ne"), precedence=40,
    )  # fmt: skip


def _sinc_slope(a: str, far: str) -> str:
    """The slope of sin(a)/a: near 0, where (cos(a) - sinc(a))/a would cancel, that of 0F1(3/2; -(a/2)^2).

    That is sin(a)/a (DLMF 10.16.9 with 10.16.1), and its slopes are of its own kind to every order.
    """
    near = f"abs({a}) < 1"
    return f"where({near}, -{a}/3*hyp0f1(2.5, where({near}, -({a}/2)^2, 0)), {far})"


def _bessel(name: str, summary: str, letter: str, slope: str, aliases: tuple[str, ...], sign: str = "") -> Operation:
    """A Bessel function; its slope by the argument is DLMF's 10.6.1 or 10.29.1, by the order there is no rule.

    Args:
        sign: where it is defined at 0, that of the second term of its power series there (DLMF 10.2.2, 10.25.2).
    """
    branch = "b == 0 and a != floor(a)"
    series = f"(b/2)^a/gamma(a + 1)*(1 {sign} (b/2)^2/(a + 1))"
    return Operation(
        name, summary, 2, (None, slope.format(name)), aliases=aliases, python=f"special.{name}",
        numpy=f"special.{name}", sympy=name, latex=f"{letter}_{{#1}}(#2)",
        defined="b > 0 or a == floor(a) or b == 0 and a > 0" if sign else "b > 0",
        ties=branch if sign else "", edge=branch if sign else "",
        near=(branch, series, "b^(a + 4)") if sign else None, sample=((0.0, 5.0), (0.1, 30.0)), roundings=32,
    )  # fmt: skip


def _lambertw(sign: str) -> tuple[str, str, str]:
    """A branch of Lambert's W where the two meet (DLMF 4.13.6)."""
    root = f"({sign}sqrt(2*(e*a + 1)))"
    return "a == -exp(-1)", f"-1 + {root} - {root}^2/3 + 11*{root}^3/72", f"{root}^4"


_GROUPS: dict[str, tuple[Operation, ...]] = {
    # By precedence: 40 comparisons, 50 sums, 60 products, 70 signs, 80 powers.
    "operators": (
        Operation("add", "sum", 2, ("1", "1"), spelling="+", python="operator.add", numpy="add",
                  complex="operator.add", sample=(ANY, ANY), roundings=1, underflows=False, steep=False,
                  commutative=True, precedence=50),
        Operation("sub", "difference", 2, ("1", "-1"), spelling="-", python="operator.sub", numpy="subtract",
                  complex="operator.sub", sample=(ANY, ANY), roundings=1, underflows=False, steep=False,
                  precedence=50),
        Operation("mul", "product", 2, ("b", "a"), spelling="*", python="operator.mul", numpy="multiply",
                  complex="operator.mul", sample=(ANY, ANY), roundings=1, steep=False, commutative=True,
                  precedence=60),
        Operation("div", "quotient", 2, ("1/b", "-(a/b)/b"), spelling="/", python="operator.truediv",
                  numpy="true_divide", complex="operator.truediv", defined="b != 0", sample=(ANY, (0.1, 20.0)),
                  roundings=1, precedence=60),
        Operation("floordiv", "quotient, rounded down", 2, ("0", "0"), meaning="floor(a/b)",
                  aliases=("floordiv", "floor_divide"), spelling="//", python="operator.floordiv",
                  numpy="floor_divide", sympy="FloorDiv", defined="b != 0", ties="mod(a, b) == 0",
                  sample=(ANY, (0.3, 7.0)), latex=r"\left\lfloor\frac{#1}{#2}\right\rfloor", roundings=0,
                  underflows=False, precedence=60),
        Operation("mod", "remainder, with the divisor's sign: a - b*floor(a/b)", 2, ("1", "-floordiv(a, b)"),
                  aliases=("mod", "remainder"), spelling="%", python="operator.mod", numpy="remainder", sympy="Mod",
                  defined="b != 0", ties="mod(a, b) == 0", sample=(ANY, (0.3, 7.0)), latex=r"#1 \bmod #2",
                  roundings=1, underflows=False, precedence=60),
        Operation("neg", "negative", 1, ("-1",), aliases=("negative",), spelling="-", python="operator.neg",
                  numpy="negative", complex="operator.neg", roundings=0, underflows=False, steep=False,
                  precedence=70),
        Operation("pow", "power; 0^0 is 1; a fractional power of a negative number is undefined", 2,
                  ("where(abs(b) < 0.5, b*(a^b/a), b*a^(b - 1))", "a^b*log(a)"),
                  shown=("b*a^(b - 1)", "a^b*log(a)"), aliases=("pow", "power", "Power"), spelling="^",
                  python="math.pow", numpy="power", complex="elementary.cpow",
                  defined="b == round(b) and (b >= 0 or a != 0) or a > 0 or a >= 0 and b > 0",
                  ties="a == 0 and b != round(b)",
                  sample=((0.01, 20.0), (-8.0, 8.0)), roundings=2, precedence=80),
    ),
    "conditions": (
        _compare("lt", "<", "less"),
        _compare("le", "<=", "less_equal"),
        _compare("gt", ">", "greater"),
        _compare("ge", ">=", "greater_equal"),
        _compare("eq", "==", "equal"),
        _compare("ne", "!=", "not_equal"),
        Operation("not", "whether a does not hold", 1, aliases=("logical_not",), spelling="not",
                  python="operator.not_", numpy="logical_not", complex="operator.not_", roundings=0,
                  underflows=False, kind=BOOL, precedence=30),
        Operation("and", "whether both hold", 2, aliases=("logical_and",), spelling="and", python="elementary.both",
                  numpy="logical_and", complex="elementary.both", roundings=0, underflows=False, kind=BOOL,
                  commutative=True, precedence=20),
        Operation("or", "whether one holds", 2, aliases=("logical_or",), spelling="or", python="elementary.either",
                  numpy="logical_or", complex="elementary.either", roundings=0, underflows=False, kind=BOOL,
                  commutative=True, precedence=10),
        Operation("true", "always", 0, spelling="True", python="elementary.true", complex="elementary.true",
                  latex=r"\text{true}", roundings=0, underflows=False, kind=BOOL, precedence=90),
        Operation("false", "never", 0, spelling="False", python="elementary.false", complex="elementary.false",
                  latex=r"\text{false}", roundings=0, underflows=False, kind=BOOL, precedence=90),
        # What a partial is where there is no rule for it; read back, a partial that is 0/0 is this again.
        Operation("nan", "no number, as a derivative that there is no rule for", 0, spelling="0/0",
                  python="math.nan", latex=r"\frac{0}{0}", roundings=0, underflows=False, precedence=60, internal=True),
        Operation("where", "b where the condition a holds, else c", 3, python="elementary.where", numpy="where",
                  complex="elementary.where", sympy="Where", roundings=0, underflows=False, steep=False, selects=True),
    ),
    # As operations without arguments.
    "constants": (
        Operation("pi", "circle's circumference over its diameter, 3.14159...", 0, aliases=("π",), python="math.pi",
                  complex="math.pi", latex=r"\pi", roundings=1, underflows=False),
        Operation("e", "base of the natural logarithm, 2.71828...", 0, aliases=("euler",), python="math.e",
                  complex="math.e", latex=r"\mathrm{e}", roundings=1, underflows=False),
        Operation("inf", "infinity, the limit of ever larger numbers", 0, spelling="np.inf", python="math.inf",
                  complex="math.inf", latex=r"\infty", roundings=0, underflows=False),
    ),
    "powers and logarithms": (
        Operation("sqrt", "square root", 1, ("1/(2*sqrt(a))",), aliases=("√",), python="math.sqrt", numpy="sqrt",
                  complex="cmath.sqrt", defined="a >= 0", sample=(POSITIVE,), edge="a == 0", latex=r"\sqrt{#1}",
                  roundings=1, underflows=False, monotonic=1),
        Operation("cbrt", "cube root, of negative numbers too", 1, ("1/(3*cbrt(a)^2)",), aliases=("∛",),
                  python="math.cbrt", numpy="cbrt", sympy="Cbrt", edge="a == 0", latex=r"\sqrt[3]{#1}", roundings=12,
                  underflows=False, monotonic=1),
        Operation("exp", "exponential, e^a", 1, ("exp(a)",), python="math.exp", numpy="exp", complex="cmath.exp",
                  sympy="exp", latex=r"\exp", roundings=2, steep=False, monotonic=1),
        Operation("exp2", "2^a", 1, ("exp2(a)*log(2)",), meaning="2^a", python="math.exp2", numpy="exp2",
                  sympy="Exp2", complex="meaning", roundings=8, steep=False, monotonic=1),
        Operation("expm1", "exp(a) - 1, accurate near 0", 1, ("exp(a)",), meaning="exp(a) - 1", python="math.expm1",
                  numpy="expm1", sympy="Expm1", complex="meaning", roundings=8, steep=False, monotonic=1),
        Operation("log", "natural logarithm", 1, ("1/a",), aliases=("ln",), python="math.log", numpy="log",
                  complex="cmath.log", sympy="log", defined="a > 0", sample=(POSITIVE,), latex=r"\ln", roundings=2,
                  underflows=False, monotonic=1),
        Operation("log_base", "logarithm of a to the base b", 2, ("1/(a*log(b))", "-log(a)/(b*log(b)^2)"),
                  meaning="log(a)/log(b)", spelling="log", sympy="LogBase", defined="a > 0 and b > 0 and b != 1",
                  sample=(POSITIVE, (1.1, 20.0)), complex="meaning", latex=r"\log_{#2}(#1)", roundings=8,
                  underflows=False),
        Operation("log2", "logarithm to base 2", 1, ("1/(a*log(2))",), meaning="log(a)/log(2)",
                  aliases=("log_2", "lb"), python="math.log2", numpy="log2", sympy="Log2", defined="a > 0",
                  sample=(POSITIVE,), complex="meaning", latex=r"\log_{2}", roundings=8, underflows=False, monotonic=1),
        Operation("log10", "logarithm to base 10", 1, ("1/(a*log(10))",), meaning="log(a)/log(10)",
                  aliases=("log_10", "lg"), python="math.log10", numpy="log10", complex="cmath.log10", sympy="Log10",
                  defined="a > 0", sample=(POSITIVE,), latex=r"\log_{10}", roundings=8, underflows=False, monotonic=1),
        Operation("log1p", "log(1 + a), accurate near 0", 1, ("1/(1 + a)",), meaning="log(1 + a)",
                  python="math.log1p", numpy="log1p", sympy="Log1p", defined="a > -1", sample=((-0.99, 100.0),),
                  complex="meaning", roundings=8, steep=False, monotonic=1),
        Operation("hypot", "length of a vector, sqrt(a^2 + b^2 + ...)", None, ("x/self",), python="math.hypot",
                  numpy="hypot", complex="elementary.chypot", sympy="Hypot", ties="self == 0", sample=(ANY, ANY),
                  roundings=8, underflows=False, steep=False, commutative=True),
        Operation("logaddexp", "log(exp(a) + exp(b)), without overflow", 2, ("sigmoid(a - b)", "sigmoid(b - a)"),
                  meaning="log(exp(a) + exp(b))", python="elementary.logaddexp", numpy="logaddexp",
                  sympy="LogAddExp", sample=(ANY, ANY), roundings=8, steep=False, commutative=True),
        Operation("softplus", "log(1 + exp(a)), without overflow", 1, ("sigmoid(a)",), meaning="logaddexp(a, 0)",
                  sympy="Softplus", roundings=8, steep=False, monotonic=1),
        Operation("sigmoid", "1/(1 + exp(-a)), without overflow", 1, ("sigmoid(a)*sigmoid(-a)",),
                  meaning="exp(-logaddexp(0, -a))", aliases=("expit", "logistic"), python="elementary.sigmoid",
                  sympy="Sigmoid", complex="meaning", roundings=8, steep=False, monotonic=1),
    ),
    # In radians.
    "trigonometric": (
        Operation("sin", "sine", 1, ("cos(a)",), python="math.sin", numpy="sin", complex="cmath.sin", sympy="sin",
                  latex=r"\sin", roundings=2, steep=False, bound=1.0),
        Operation("cos", "cosine", 1, ("-sin(a)",), python="math.cos", numpy="cos", complex="cmath.cos", sympy="cos",
                  latex=r"\cos", roundings=2, underflows=False, steep=False, bound=1.0),
        Operation("tan", "tangent", 1, ("1 + tan(a)^2",), aliases=("tg",), python="math.tan", numpy="tan",
                  complex="cmath.tan", sympy="tan", defined="cos(a) != 0", latex=r"\tan", roundings=2, steep=False),
        Operation("sec", "secant, 1/cos(a)", 1, ("sec(a)*tan(a)",), meaning="1/cos(a)", sympy="sec",
                  defined="cos(a) != 0", complex="meaning", latex=r"\sec", roundings=8, steep=False),
        Operation("csc", "cosecant, 1/sin(a)", 1, ("-csc(a)*cot(a)",), meaning="1/sin(a)", aliases=("cosec",),
                  sympy="csc", defined="sin(a) != 0", sample=((0.1, 3.0),), complex="meaning", latex=r"\csc",
                  roundings=8),
        Operation("cot", "cotangent, cos(a)/sin(a)", 1, ("-csc(a)^2",), meaning="cos(a)/sin(a)",
                  aliases=("ctg", "cotan"), sympy="cot", defined="sin(a) != 0", sample=((0.1, 3.0),),
                  complex="meaning", latex=r"\cot", roundings=8),
        Operation("sinpi", "sin(pi*a), without rounding pi*a", 1, ("pi*cospi(a)",),
                  meaning="sin(pi*(a - round(a)))*(1 - 2*mod(round(a), 2))", sympy="SinPi", roundings=8, steep=False,
                  bound=1.0),
        Operation("cospi", "cos(pi*a), without rounding pi*a", 1, ("-pi*sinpi(a)",),
                  meaning="sin(pi*(1/2 - abs(a - round(a))))*(1 - 2*mod(round(a), 2))", sympy="CosPi", roundings=8,
                  underflows=False, steep=False, bound=1.0),
        Operation("asin", "inverse sine, from -pi/2 to pi/2", 1, ("1/sqrt((1 - a)*(1 + a))",), aliases=("arcsin",),
                  python="math.asin", numpy="arcsin", complex="cmath.asin", sympy="asin",
                  defined="a >= -1 and a <= 1", sample=(UNIT,), edge="abs(a) == 1", latex=r"\arcsin", roundings=2,
                  steep=False, monotonic=1),
        Operation("acos", "inverse cosine, from 0 to pi", 1, ("-1/sqrt((1 - a)*(1 + a))",), aliases=("arccos",),
                  python="math.acos", numpy="arccos", complex="cmath.acos", sympy="acos",
                  defined="a >= -1 and a <= 1", sample=(UNIT,), edge="abs(a) == 1", latex=r"\arccos", roundings=2,
                  underflows=False, steep=False, monotonic=-1),
        Operation("atan", "inverse tangent, from -pi/2 to pi/2", 1, ("1/(1 + a^2)",),
                  aliases=("arctan", "arctg", "atg"), python="math.atan", numpy="arctan", complex="cmath.atan",
                  sympy="atan", latex=r"\arctan", roundings=2, steep=False, monotonic=1),
        Operation("asec", "inverse secant, acos(1/a)", 1, ("1/(abs(a)*sqrt((a - 1)*(a + 1)))",), meaning="acos(1/a)",
                  aliases=("arcsec",), sympy="asec", defined="a <= -1 or a >= 1", sample=((1.001, 50.0),),
                  edge="abs(a) == 1", roundings=8, underflows=False),
        Operation("acsc", "inverse cosecant, asin(1/a)", 1, ("-1/(abs(a)*sqrt((a - 1)*(a + 1)))",),
                  meaning="asin(1/a)", aliases=("arccsc", "acosec"), sympy="acsc", defined="a <= -1 or a >= 1",
                  sample=((1.001, 50.0),), edge="abs(a) == 1", roundings=8),
        Operation("acot", "inverse cotangent, atan(1/a)", 1, ("-1/(1 + a^2)",), meaning="atan(1/a)",
                  aliases=("arccot", "arcctg"), sympy="acot", defined="a != 0", sample=((0.01, 50.0),), roundings=8),
        Operation("atan2", "angle of the point (b, a), from -pi to pi", 2,
                  ("(b/hypot(a, b))/hypot(a, b)", "-(a/hypot(a, b))/hypot(a, b)"), aliases=("arctan2",),
                  python="elementary.atan2", numpy="arctan2", sympy="atan2", defined="a != 0 or b != 0",
                  ties="a == 0 and b <= 0", sample=(ANY, (0.1, 20.0)), roundings=8),
        Operation("sinc", "sin(a)/a, and 1 at 0", 1, (_sinc_slope("a", "(cos(a) - sinc(a))/a"),),
                  shown=("where(a == 0, 0, (cos(a) - sinc(a))/a)",), meaning="where(a == 0, 1, sin(a)/a)",
                  python="elementary.sinc", sympy="Sinc", roundings=8, steep=False, in_branches=True, bound=1.0),
        Operation("np.sinc", "NumPy's sinc, sin(pi*a)/(pi*a), and 1 at 0", 1,
                  ("pi*" + _sinc_slope("(pi*a)", "(cospi(a) - np.sinc(a))/(pi*a)"),),
                  shown=("where(a == 0, 0, (cospi(a) - np.sinc(a))/a)",), meaning="sinc(pi*a)", roundings=8,
                  steep=False, in_branches=True, bound=1.0),
        Operation("degrees", "an angle from radians to degrees", 1, ("180/pi",), meaning="a*(180/pi)",
                  aliases=("rad2deg",), complex="meaning", roundings=8, steep=False),
        Operation("radians", "an angle from degrees to radians", 1, ("pi/180",), meaning="a*(pi/180)",
                  aliases=("deg2rad",), complex="meaning", roundings=8, steep=False),
    ),
    "hyperbolic": (
        Operation("sinh", "hyperbolic sine", 1, ("cosh(a)",), aliases=("sh",), python="math.sinh", numpy="sinh",
                  complex="cmath.sinh", sympy="sinh", latex=r"\sinh", roundings=8, steep=False, monotonic=1),
        Operation("cosh", "hyperbolic cosine", 1, ("sinh(a)",), aliases=("ch",), python="math.cosh", numpy="cosh",
                  complex="cmath.cosh", sympy="cosh", latex=r"\cosh", roundings=8, underflows=False, steep=False),
        Operation("tanh", "hyperbolic tangent", 1, ("sech(a)^2",), aliases=("th",), python="math.tanh", numpy="tanh",
                  complex="cmath.tanh", sympy="tanh", latex=r"\tanh", roundings=8, steep=False, monotonic=1, bound=1.0),
        Operation("sech", "hyperbolic secant, 1/cosh(a)", 1, ("-sech(a)*tanh(a)",),
                  meaning="2*exp(-abs(a))/(1 + exp(-2*abs(a)))", sympy="sech", roundings=8, steep=False),
        Operation("csch", "hyperbolic cosecant, 1/sinh(a)", 1, ("-csch(a)*coth(a)",),
                  meaning="sign(a)*2*exp(-abs(a))/-expm1(-2*abs(a))", aliases=("cosech",), sympy="csch",
                  defined="a != 0", sample=((0.05, 20.0),), roundings=8),
        Operation("coth", "hyperbolic cotangent, 1/tanh(a)", 1, ("-csch(a)^2",), meaning="1/tanh(a)",
                  aliases=("cth",), sympy="coth", defined="a != 0", sample=((0.05, 20.0),),
                  complex="meaning", latex=r"\coth", roundings=8),
        Operation("asinh", "inverse hyperbolic sine", 1, ("1/hypot(1, a)",),
                  aliases=("arcsinh", "arsinh", "argsinh"), python="math.asinh", numpy="arcsinh",
                  complex="cmath.asinh", sympy="asinh", roundings=8, steep=False, monotonic=1),
        Operation("acosh", "inverse hyperbolic cosine", 1, ("1/(sqrt(a - 1)*sqrt(a + 1))",),
                  aliases=("arccosh", "arcosh", "argcosh"), python="math.acosh", numpy="arccosh",
                  complex="cmath.acosh", sympy="acosh", defined="a >= 1", sample=((1.001, 50.0),), edge="a == 1",
                  roundings=8, underflows=False, monotonic=1),
        Operation("atanh", "inverse hyperbolic tangent", 1, ("1/((1 - a)*(1 + a))",),
                  aliases=("arctanh", "artanh", "argtanh"), python="math.atanh", numpy="arctanh",
                  complex="cmath.atanh", sympy="atanh", defined="a > -1 and a < 1", sample=(UNIT,), roundings=8,
                  steep=False, monotonic=1),
        Operation("asech", "inverse hyperbolic secant, acosh(1/a)", 1, ("-1/(a*sqrt((1 - a)*(1 + a)))",),
                  meaning="acosh(1/a)", aliases=("arcsech", "arsech"), sympy="asech", defined="a > 0 and a <= 1",
                  sample=((0.01, 0.999),), edge="a == 1", roundings=8, underflows=False),
        Operation("acsch", "inverse hyperbolic cosecant, asinh(1/a)", 1, ("-1/(abs(a)*hypot(1, a))",),
                  meaning="asinh(1/a)", aliases=("arccsch", "arcsch"), sympy="acsch", defined="a != 0",
                  sample=((0.01, 50.0),), roundings=8),
        Operation("acoth", "inverse hyperbolic cotangent, atanh(1/a)", 1, ("1/((1 - a)*(1 + a))",),
                  meaning="atanh(1/a)", aliases=("arccoth", "arcoth"), sympy="acoth", defined="a < -1 or a > 1",
                  sample=((1.001, 50.0),), roundings=8),
    ),
    "pieces and rounding": (
        Operation("abs", "absolute value", 1, ("sign(a)",), shown=("a/abs(a)",),
                  aliases=("fabs", "absolute"), python="operator.abs", numpy="absolute", complex="elementary.cabs",
                  sympy="Abs", ties="a == 0", latex=r"\left|#1\right|", roundings=0, underflows=False, steep=False),
        Operation("relu", "a where it is positive, else 0: max(a, 0)", 1, ("heaviside(a)",),
                  shown=("(a + abs(a))/(2*abs(a))",),
                  meaning="max(a, 0)", sympy="Relu", ties="a == 0", roundings=0, underflows=False,
                  steep=False, monotonic=1),
        Operation("sign", "-1, 0 or 1", 1, ("0",), aliases=("sgn", "signum"), python="elementary.sign", numpy="sign",
                  complex="elementary.csign", sympy="Sign", ties="a == 0", roundings=0, underflows=False, monotonic=1),
        Operation("max", "the largest of its arguments", 2, meaning="where(a >= b, a, b)",
                  aliases=("maximum", "fmax"), python="elementary.maximum", numpy="maximum",
                  complex="elementary.cmaximum", ties="a == b", sample=(ANY, ANY), latex=r"\max", roundings=0,
                  underflows=False, steep=False, commutative=True, selects=True),
        Operation("min", "the smallest of its arguments", 2, meaning="where(a <= b, a, b)",
                  aliases=("minimum", "fmin"), python="elementary.minimum", numpy="minimum",
                  complex="elementary.cminimum", ties="a == b", sample=(ANY, ANY), latex=r"\min", roundings=0,
                  underflows=False, steep=False, commutative=True, selects=True),
        Operation("floor", "largest whole number not above", 1, ("0",), python="elementary.floor", numpy="floor",
                  complex="elementary.cfloor", sympy="Floor", ties="a == floor(a)",
                  latex=r"\left\lfloor #1\right\rfloor", roundings=0, underflows=False, monotonic=1),
        Operation("ceil", "smallest whole number not below", 1, ("0",), aliases=("ceiling",),
                  python="elementary.ceil", numpy="ceil", complex="elementary.cceil", sympy="Ceil",
                  ties="a == floor(a)", latex=r"\left\lceil #1\right\rceil", roundings=0, underflows=False,
                  monotonic=1),
        Operation("round", "nearest whole number, a half to the even one", 1, ("0",), aliases=("rint",),
                  python="elementary.round", numpy="rint", complex="elementary.cround", sympy="Round",
                  ties="a - floor(a) == 0.5", roundings=0, underflows=False, monotonic=1),
        Operation("heaviside", "0 below 0, 1/2 at 0, 1 above", 1, ("0",), meaning="(1 + sign(a))/2",
                  aliases=("Heaviside",), python="elementary.heaviside", sympy="HalfStep", ties="a == 0",
                  roundings=0, underflows=False, monotonic=1),
    ),
    # The error function, the gamma function with its kin, and what `evaluate/special.py` computes.
    "special": (
        Operation("erf", "error function", 1, ("2/sqrt(pi)*exp(-a^2)",), python="math.erf", sympy="erf",
                  sample=((-4.0, 4.0),), roundings=8, steep=False, monotonic=1, bound=1.0),
        Operation("erfc", "1 - erf(a), accurate where that is small", 1, ("-2/sqrt(pi)*exp(-a^2)",),
                  python="math.erfc", sympy="erfc", sample=((-4.0, 20.0),), roundings=12, steep=False, monotonic=-1),
        Operation("gamma", "gamma function", 1, ("gamma(a)*digamma(a)",), aliases=("Gamma",), python="math.gamma",
                  sympy="gamma", defined="a > 0 or a != floor(a)", sample=((0.05, 30.0),), latex=r"\Gamma",
                  roundings=32),
        Operation("lgamma", "log(abs(gamma(a)))", 1, ("digamma(a)",), aliases=("gammaln", "loggamma"),
                  python="math.lgamma", sympy="LogGamma", defined="a > 0 or a != floor(a)", sample=((0.05, 1000.0),),
                  roundings=32, underflows=False),
        Operation("digamma", "slope of lgamma", 1, ("polygamma(1, a)",), aliases=("psi",),
                  python="special.digamma", numpy="special.digamma", coarse="coarse.digamma",
                  defined="a > 0 or a != floor(a)",
                  sample=((0.05, 1000.0),), latex=r"\psi", roundings=32, underflows=False),
        Operation("polygamma", "a-th derivative of digamma at b", 2, (None, "polygamma(a + 1, b)"),
                  python="special.polygamma", numpy="special.polygamma", coarse="coarse.polygamma", sympy="polygamma",
                  defined="a >= 0 and a == floor(a) and (b > 0 or b != floor(b))", sample=((1.0, 4.0), (0.1, 50.0)),
                  latex=r"\psi^{(#1)}(#2)", roundings=32),
        Operation("polygamma_difference", "polygamma(a, b) - polygamma(a, b + c), without cancellation", 3,
                  (None, "polygamma_difference(a + 1, b, c)", "-polygamma(a + 1, b + c)"),
                  meaning="polygamma(a, b) - polygamma(a, b + c)", python="special.polygamma_difference",
                  numpy="special.polygamma_difference",
                  defined="a >= 0 and a == floor(a) and (b > 0 or b != floor(b)) "
                  "and (b + c > 0 or b + c != floor(b + c))",
                  sample=((0.0, 3.0), (0.1, 50.0), (0.1, 5.0)), roundings=32, internal=True),
        Operation("factorial", "n!, gamma(a + 1)", 1, ("gamma(a + 1)*digamma(a + 1)",), meaning="gamma(a + 1)",
                  sympy="Factorial", defined="a > -1 or a != floor(a)", sample=((0.05, 30.0),), latex=r"#1!",
                  roundings=32, steep=False),
        Operation("beta", "gamma(a)*gamma(b)/gamma(a + b)", 2,
                  ("beta(a, b)*polygamma_difference(0, a, b)", "beta(a, b)*polygamma_difference(0, b, a)"),
                  aliases=("Beta",), python="special.beta", numpy="special.beta", sympy="beta",
                  defined="(a > 0 or a != floor(a)) and (b > 0 or b != floor(b))",
                  sample=((0.05, 30.0), (0.05, 30.0)), latex=r"\mathrm{B}", roundings=32, commutative=True),
        Operation("lbeta", "log(abs(beta(a, b)))", 2,
                  ("polygamma_difference(0, a, b)", "polygamma_difference(0, b, a)"),
                  aliases=("betaln", "logbeta"), python="special.lbeta", numpy="special.lbeta", sympy="LogBeta",
                  defined="(a > 0 or a != floor(a)) and (b > 0 or b != floor(b)) "
                  "and (a + b > 0 or a + b != floor(a + b))",
                  sample=((0.05, 30.0), (0.05, 30.0)), roundings=32, underflows=False, commutative=True),
        Operation("erfinv", "inverse of erf", 1, ("sqrt(pi)/2*exp(erfinv(a)^2)",), python="special.erfinv",
                  numpy="special.erfinv", sympy="erfinv", defined="a > -1 and a < 1", sample=(UNIT,), roundings=32,
                  steep=False, monotonic=1),
        _bessel("besselj", "Bessel function of the first kind, of order a", "J", "({0}(a - 1, b) - {0}(a + 1, b))/2",
                ("jv", "jn"), "-"),
        _bessel("bessely", "Bessel function of the second kind, of order a", "Y", "({0}(a - 1, b) - {0}(a + 1, b))/2",
                ("yv", "yn")),
        _bessel("besseli", "modified Bessel function of the first kind, of order a", "I",
                "({0}(a - 1, b) + {0}(a + 1, b))/2", ("iv",), "+"),
        _bessel("besselk", "modified Bessel function of the second kind, of order a", "K",
                "-({0}(a - 1, b) + {0}(a + 1, b))/2", ("kv", "kn")),
        Operation("airyai", "Airy function Ai", 1, ("airyaiprime(a)",), aliases=("Ai", "airy"),
                  python="special.airyai", numpy="special.airyai", sympy="airyai", sample=((-20.0, 10.0),),
                  latex=r"\operatorname{Ai}", roundings=32, steep=False),
        Operation("airyaiprime", "slope of airyai", 1, ("a*airyai(a)",), python="special.airyaiprime",
                  numpy="special.airyaiprime", sympy="airyaiprime", sample=((-20.0, 10.0),),
                  latex=r"\operatorname{Ai}'", roundings=32, steep=False),
        Operation("airybi", "Airy function Bi", 1, ("airybiprime(a)",), aliases=("Bi",), python="special.airybi",
                  numpy="special.airybi", sympy="airybi", sample=((-20.0, 10.0),), latex=r"\operatorname{Bi}",
                  roundings=32, steep=False),
        Operation("airybiprime", "slope of airybi", 1, ("a*airybi(a)",), python="special.airybiprime",
                  numpy="special.airybiprime", sympy="airybiprime", sample=((-20.0, 10.0),),
                  latex=r"\operatorname{Bi}'", roundings=32, steep=False),
        Operation("zeta", "Riemann's zeta function, for a > 1", 1, ("zetaderiv(1, a)",), python="special.zeta",
                  numpy="special.zeta", sympy="Zeta", defined="a > 1", sample=((1.01, 30.0),), latex=r"\zeta",
                  roundings=32, underflows=False, steep=False, monotonic=-1),
        Operation("zetaderiv", "a-th derivative of zeta at b", 2, (None, "zetaderiv(a + 1, b)"),
                  python="special.zetaderiv", numpy="special.zetaderiv", sympy="ZetaDerivative",
                  defined="a >= 0 and a == floor(a) and b > 1", sample=((0.0, 3.0), (1.01, 30.0)),
                  latex=r"\zeta^{(#1)}(#2)", roundings=32, steep=False, internal=True),
        Operation("lambertw", "Lambert's W: w with w*exp(w) = a and w >= -1", 1, ("1/(a + exp(lambertw(a)))",),
                  aliases=("LambertW", "productlog"), python="special.lambertw", numpy="special.lambertw",
                  sympy="LambertW", defined="a >= -exp(-1)", edge="a == -exp(-1)", near=_lambertw(""),
                  sample=((-0.36, 100.0),), latex=r"W_{0}", roundings=32, steep=False, monotonic=1),
        Operation("lambertw_branch", "Lambert's W on the branch b: 0, or -1 for w <= -1", 2,
                  ("1/(a + exp(lambertw(a, b)))", None), spelling="lambertw", python="special.lambertw_branch",
                  aliases=("LambertW", "productlog"), numpy="special.lambertw_branch", sympy="LambertWBranch",
                  defined="a >= -exp(-1) and (b == 0 or b == -1 and a < 0)", edge="a == -exp(-1)",
                  near=_lambertw("(2*b + 1)*"), sample=((-0.36, -0.001), (-1.0, 0.0)), latex=r"W_{#2}(#1)",
                  roundings=32),
        # Named so that Ei, Si, Ci and li, where they are not called, are variables.
        Operation("expi", "exponential integral Ei", 1, ("exp(a)/a",), spelling="Ei", aliases=("ei", "expi"),
                  python="special.expi", numpy="special.expi", sympy="Ei", defined="a != 0", sample=((0.01, 20.0),),
                  roundings=32),
        Operation("sinint", "sine integral Si", 1, ("sinc(a)",), spelling="Si", aliases=("si", "sinint"),
                  python="special.sinint", numpy="special.sinint", sympy="Si", roundings=32, steep=False),
        Operation("cosint", "cosine integral Ci", 1, ("cos(a)/a",), spelling="Ci", aliases=("ci", "cosint"),
                  python="special.cosint", numpy="special.cosint", sympy="Ci", defined="a > 0", sample=(POSITIVE,),
                  roundings=32),
        Operation("logint", "logarithmic integral li, from 0", 1, ("1/log(a)",), spelling="li",
                  aliases=("logint",), python="special.logint", numpy="special.logint", sympy="li",
                  defined="a >= 0 and a != 1", edge="a == 0", near=("a == 0", "0", "a"), sample=((1.01, 100.0),),
                  roundings=32),
        Operation("fresnels", "Fresnel integral S, of sin(pi*t^2/2)", 1, ("sin(pi*a^2/2)",),
                  python="special.fresnels", numpy="special.fresnels", sympy="fresnels", sample=((-6.0, 6.0),),
                  roundings=32, steep=False),
        Operation("fresnelc", "Fresnel integral C, of cos(pi*t^2/2)", 1, ("cos(pi*a^2/2)",),
                  python="special.fresnelc", numpy="special.fresnelc", sympy="fresnelc", sample=((-6.0, 6.0),),
                  roundings=32, steep=False),
        Operation("ellipk", "complete elliptic integral K of the parameter a = k^2", 1, ("ellipkderiv(1, a)",),
                  aliases=("elliptic_k",), python="special.ellipk", numpy="special.ellipk", sympy="elliptic_k",
                  defined="a < 1", sample=((-5.0, 0.999),), roundings=32, underflows=False, steep=False, monotonic=1),
        Operation("ellipe", "complete elliptic integral E of the parameter a = k^2", 1, ("ellipederiv(1, a)",),
                  aliases=("elliptic_e",), python="special.ellipe", numpy="special.ellipe", sympy="elliptic_e",
                  defined="a <= 1", edge="a == 1",  # DLMF 19.12.2
                  near=("a == 1", "1 + (1 - a)/4*(log(16/(1 - a)) - 1)", "(1 - a)^1.5"), sample=((-5.0, 0.999),),
                  roundings=32, underflows=False, steep=False, monotonic=-1),
        Operation("ellipkderiv", "a-th derivative of ellipk at b", 2, (None, "ellipkderiv(a + 1, b)"),
                  python="special.ellipkderiv", numpy="special.ellipkderiv", sympy="EllipticKDerivative",
                  defined="a >= 0 and a == floor(a) and b < 1", sample=((0.0, 3.0), (-5.0, 0.9)), roundings=32,
                  steep=False, internal=True),
        Operation("ellipederiv", "a-th derivative of ellipe at b", 2, (None, "ellipederiv(a + 1, b)"),
                  python="special.ellipederiv", numpy="special.ellipederiv", sympy="EllipticEDerivative",
                  defined="a >= 0 and a == floor(a) and b < 1", sample=((0.0, 3.0), (-5.0, 0.9)), roundings=32,
                  steep=False, internal=True),
        Operation("hyp0f1", "hypergeometric function 0F1, the sum of b^k/(k!*a*(a + 1)*...*(a + k - 1))", 2,
                  (None, "hyp0f1(a + 1, b)/a"), python="special.hyp0f1", numpy="special.hyp0f1", sympy="Hyp0F1",
                  defined="a > 0 or a != floor(a)", sample=((0.5, 5.0), (-50.0, 50.0)),
                  latex=r"{}_{0}F_{1}(#1; #2)", roundings=32),
    ),
}  # fmt: skip

OPERATIONS: dict[str, Operation] = {
    row.name: row._replace(group=group) for group, rows in _GROUPS.items() for row in rows
}
"""The rows by name."""

COMMUTATIVE = frozenset(row.name for row in OPERATIONS.values() if row.commutative)


def names(row: Operation) -> tuple[str, ...]:
    """What a row is called in the language; an operator may have names of functions beside its sign."""
    return row.aliases if row.precedence else (row.spelling or row.name, *row.aliases)


CONSTANTS = {name: row.name for row in OPERATIONS.values() if row.group == "constants" for name in names(row)}
"""The names of constants, to their rows' names."""

FUNCTIONS: dict[str, tuple[Operation, ...]] = {}
"""The names of functions, to their rows (`log` has two: by the number of arguments)."""
for _row in OPERATIONS.values():
    if _row.group != "constants":
        for _name in names(_row):
            FUNCTIONS[_name] = (*FUNCTIONS.get(_name, ()), _row)
