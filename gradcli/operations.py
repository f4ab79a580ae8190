"""The table of operations: one row says all that gradcli knows about an operation.

The parser, every interpreter, every backend, `gradcli functions` and the tests read these rows; adding a
function is adding a row. Derivatives, meanings, ties and domains are texts in gradcli's own language over
the arguments `a`, `b`, `c`; an operation with any number of arguments writes `x` for the one in question
and `self` for its own result. They are parsed when first used.

A derivative is written to be accurate in floating point, not to be short: no cancellation
(`1/sqrt((1-a)*(1+a))`, not `1/sqrt(1-a^2)`), no overflow on the way (`sech(a)^2`, not `1/cosh(a)^2`).
The formulas are those of the NIST Digital Library of Mathematical Functions (https://dlmf.nist.gov),
chapters 4 (elementary), 5 (gamma), 7 (error functions).
"""

from __future__ import annotations

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
        python, numpy: the function that computes it on floats (in `math`, `operator` or `elementary`) and
            on arrays (a NumPy ufunc); empty: by its meaning, else by mapping the float function.
        complex: its function in `cmath` or `operator`, if a complex step may pass through it.
        sympy: its SymPy spelling; empty: by its meaning.
        defined: the condition under which it is defined; empty: everywhere.
        ties: the condition under which it may be continuous but not smooth, or jump; empty: nowhere.
        sample: the interval that tests draw each argument from.
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
    sympy: str = ""
    defined: str = ""
    ties: str = ""
    sample: tuple[tuple[float, float], ...] = (ANY,)
    kind: str = REAL
    commutative: bool = False
    precedence: int = 0
    group: str = "functions"

    def accepts(self, count: int) -> bool:
        """Whether it can be applied to so many arguments."""
        return count == self.arity or (self.arity is None and count >= 2)

    def argument_kinds(self, count: int) -> tuple[str, ...]:
        """The types of its arguments when it is applied to `count` of them."""
        if self.name == "where":
            return (BOOL, REAL, REAL)
        return (BOOL if self.name in ("and", "or", "not") else REAL,) * count


def _sign(name: str, summary: str, arity: int, sign: str, precedence: int, **columns: object) -> Operation:
    columns.setdefault("group", "operators")
    return Operation(name, summary, arity, spelling=sign, precedence=precedence, **columns)  # type: ignore[arg-type]


def _compare(name: str, sign: str, numpy: str) -> Operation:
    return _sign(
        name, f"whether a {sign} b", 2, sign, 40, partials=("0", "0"), python=f"operator.{name}", numpy=numpy,
        complex=f"elementary.{name}", sympy=name.capitalize(), ties="a == b", kind=BOOL,
        commutative=name in ("eq", "ne"), group="conditions",
    )  # fmt: skip


# The power series of the slope of sin(a)/a, where (cos(a) - sinc(a))/a would cancel.
_SINC_SLOPE_SERIES = (
    "-a*(1/3 - a^2*(1/30 - a^2*(1/840 - a^2*(1/45360 - a^2*(1/3991680 - a^2*(1/518918400"
    " - a^2*(1/93405312000 - a^2*(1/22230464256000 - a^2/6758061133824000))))))))"
)

_ROWS = (
    # operators, by precedence: 40 comparisons, 50 sums, 60 products, 70 signs, 80 powers
    _sign("add", "sum", 2, "+", 50, partials=("1", "1"), python="operator.add", numpy="add",
          complex="operator.add", sympy="Add", commutative=True, sample=(ANY, ANY)),
    _sign("sub", "difference", 2, "-", 50, partials=("1", "-1"), python="operator.sub", numpy="subtract",
          complex="operator.sub", sympy="Sub", sample=(ANY, ANY)),
    _sign("mul", "product", 2, "*", 60, partials=("b", "a"), python="operator.mul", numpy="multiply",
          complex="operator.mul", sympy="Mul", commutative=True, sample=(ANY, ANY)),
    _sign("div", "quotient", 2, "/", 60, partials=("1/b", "-(a/b)/b"), python="operator.truediv",
          numpy="true_divide", complex="operator.truediv", sympy="Div", defined="b != 0", sample=(ANY, (0.1, 20.0))),
    _sign("floordiv", "quotient, rounded down", 2, "//", 60, partials=("0", "0"), meaning="floor(a/b)",
          python="operator.floordiv", numpy="floor_divide", aliases=("floordiv", "floor_divide"), defined="b != 0",
          ties="mod(a, b) == 0", sample=(ANY, (0.3, 7.0))),
    _sign("mod", "remainder, with the divisor's sign: a - b*floor(a/b)", 2, "%", 60,
          partials=("1", "-floordiv(a, b)"), python="operator.mod", numpy="remainder", aliases=("mod", "remainder"),
          defined="b != 0", ties="mod(a, b) == 0", sample=(ANY, (0.3, 7.0))),
    _sign("neg", "negative", 1, "-", 70, partials=("-1",), python="operator.neg", numpy="negative",
          complex="operator.neg", sympy="Neg", aliases=("negative",)),
    _sign("pow", "power; 0^0 is 1; a fractional power of a negative number is undefined", 2, "^", 80,
          partials=("b*a^(b-1)", "a^b*log(a)"), python="elementary.pow", numpy="power", complex="elementary.cpow",
          sympy="Pow", aliases=("pow", "power", "Power"),
          defined="a > 0 or a < 0 and b == round(b) or a == 0 and b >= 0", sample=((1e-2, 20.0), (-8.0, 8.0))),
    # conditions
    _compare("lt", "<", "less"),
    _compare("le", "<=", "less_equal"),
    _compare("gt", ">", "greater"),
    _compare("ge", ">=", "greater_equal"),
    _compare("eq", "==", "equal"),
    _compare("ne", "!=", "not_equal"),
    _sign("not", "whether a does not hold", 1, "not", 30, python="operator.not_", numpy="logical_not",
          complex="operator.not_", sympy="Not", kind=BOOL, aliases=("logical_not",), group="conditions"),
    _sign("and", "whether both hold", 2, "and", 20, python="elementary.both", numpy="logical_and",
          complex="elementary.both", sympy="And", kind=BOOL, commutative=True, aliases=("logical_and",),
          group="conditions"),
    _sign("or", "whether one holds", 2, "or", 10, python="elementary.either", numpy="logical_or",
          complex="elementary.either", sympy="Or", kind=BOOL, commutative=True, aliases=("logical_or",),
          group="conditions"),
    _sign("true", "always", 0, "True", 90, python="elementary.true", numpy="", complex="elementary.true",
          sympy="true", kind=BOOL, group="conditions"),
    _sign("false", "never", 0, "False", 90, python="elementary.false", numpy="", complex="elementary.false",
          sympy="false", kind=BOOL, group="conditions"),
    Operation("where", "a where the condition holds, else b", 3, python="elementary.where", numpy="where",
              complex="elementary.where", sympy="Piecewise", group="conditions"),
    # constants, as operations without arguments
    Operation("pi", "circle's circumference over its diameter, 3.14159...", 0, python="math.pi",
              complex="math.pi", sympy="pi", aliases=("π",), group="constants"),
    Operation("e", "base of the natural logarithm, 2.71828...", 0, python="math.e", complex="math.e", sympy="E",
              aliases=("euler",), group="constants"),
    Operation("inf", "infinity, the limit of ever larger numbers", 0, python="math.inf", complex="math.inf",
              sympy="oo", group="constants",
              spelling="np.inf"),
    # powers, exponentials and logarithms
    Operation("sqrt", "square root", 1, ("1/(2*sqrt(a))",), python="math.sqrt", numpy="sqrt", complex="cmath.sqrt",
              sympy="sqrt", aliases=("√",), defined="a >= 0", sample=(POSITIVE,), group="powers and logarithms"),
    Operation("cbrt", "cube root, of negative numbers too", 1, ("1/(3*cbrt(a)^2)",), python="math.cbrt", numpy="cbrt",
              aliases=("∛",), sympy="real_root3", group="powers and logarithms"),
    Operation("exp", "exponential, e^a", 1, ("exp(a)",), python="math.exp", numpy="exp", complex="cmath.exp",
              sympy="exp", group="powers and logarithms"),
    Operation("exp2", "2^a", 1, ("exp2(a)*log(2)",), python="math.exp2", numpy="exp2", meaning="2^a",
              group="powers and logarithms"),
    Operation("expm1", "exp(a) - 1, accurate near 0", 1, ("exp(a)",), python="math.expm1", numpy="expm1",
              meaning="exp(a) - 1", group="powers and logarithms"),
    Operation("log", "natural logarithm", 1, ("1/a",), python="math.log", numpy="log", complex="cmath.log",
              sympy="log", aliases=("ln",), defined="a > 0", sample=(POSITIVE,), group="powers and logarithms"),
    Operation("log_base", "logarithm of a to the base b", 2, ("1/(a*log(b))", "-log(a)/(b*log(b)^2)"),
              meaning="log(a)/log(b)", spelling="log", defined="a > 0 and b > 0 and b != 1",
              sample=(POSITIVE, (1.1, 20.0)), group="powers and logarithms"),
    Operation("log2", "logarithm to base 2", 1, ("1/(a*log(2))",), python="math.log2", numpy="log2",
              meaning="log(a)/log(2)", aliases=("log_2", "lb"), defined="a > 0", sample=(POSITIVE,),
              group="powers and logarithms"),
    Operation("log10", "logarithm to base 10", 1, ("1/(a*log(10))",), python="math.log10", numpy="log10",
              complex="cmath.log10", meaning="log(a)/log(10)", aliases=("log_10", "lg"), defined="a > 0",
              sample=(POSITIVE,), group="powers and logarithms"),
    Operation("log1p", "log(1 + a), accurate near 0", 1, ("1/(1 + a)",), python="math.log1p", numpy="log1p",
              meaning="log(1 + a)", defined="a > -1", sample=((-0.99, 100.0),), group="powers and logarithms"),
    Operation("hypot", "length of a vector, sqrt(a^2 + b^2 + ...)", None, ("x/self",), python="elementary.hypot",
              numpy="hypot", complex="elementary.chypot", ties="self == 0", commutative=True, sample=(ANY, ANY),
              group="powers and logarithms"),
    Operation("logaddexp", "log(exp(a) + exp(b)), without overflow", 2, ("sigmoid(a - b)", "sigmoid(b - a)"),
              python="elementary.logaddexp", numpy="logaddexp", meaning="log(exp(a) + exp(b))", commutative=True,
              sample=(ANY, ANY), group="powers and logarithms"),
    Operation("softplus", "log(1 + exp(a)), without overflow", 1, ("sigmoid(a)",), meaning="logaddexp(a, 0)",
              group="powers and logarithms"),
    Operation("sigmoid", "1/(1 + exp(-a)), without overflow", 1, ("sigmoid(a)*sigmoid(-a)",),
              meaning="exp(-logaddexp(0, -a))", python="elementary.sigmoid", aliases=("expit", "logistic"),
              group="powers and logarithms"),
    # trigonometric functions and their inverses, in radians
    Operation("sin", "sine", 1, ("cos(a)",), python="math.sin", numpy="sin", complex="cmath.sin", sympy="sin",
              group="trigonometric"),
    Operation("cos", "cosine", 1, ("-sin(a)",), python="math.cos", numpy="cos", complex="cmath.cos", sympy="cos",
              group="trigonometric"),
    Operation("tan", "tangent", 1, ("1 + tan(a)^2",), python="math.tan", numpy="tan", complex="cmath.tan",
              sympy="tan", aliases=("tg",), group="trigonometric"),
    Operation("sec", "secant, 1/cos(a)", 1, ("sec(a)*tan(a)",), meaning="1/cos(a)", sympy="sec",
              group="trigonometric"),
    Operation("csc", "cosecant, 1/sin(a)", 1, ("-csc(a)*cot(a)",), meaning="1/sin(a)", sympy="csc",
              aliases=("cosec",), defined="sin(a) != 0", sample=((0.1, 3.0),), group="trigonometric"),
    Operation("cot", "cotangent, cos(a)/sin(a)", 1, ("-csc(a)^2",), meaning="cos(a)/sin(a)", sympy="cot",
              aliases=("ctg", "cotan"), defined="sin(a) != 0", sample=((0.1, 3.0),), group="trigonometric"),
    Operation("asin", "inverse sine, from -pi/2 to pi/2", 1, ("1/sqrt((1 - a)*(1 + a))",), python="math.asin",
              numpy="arcsin", complex="cmath.asin", sympy="asin", aliases=("arcsin",),
              defined="a >= -1 and a <= 1", sample=(UNIT,), group="trigonometric"),
    Operation("acos", "inverse cosine, from 0 to pi", 1, ("-1/sqrt((1 - a)*(1 + a))",), python="math.acos",
              numpy="arccos", complex="cmath.acos", sympy="acos", aliases=("arccos",),
              defined="a >= -1 and a <= 1", sample=(UNIT,), group="trigonometric"),
    Operation("atan", "inverse tangent, from -pi/2 to pi/2", 1, ("1/(1 + a^2)",), python="math.atan",
              numpy="arctan", complex="cmath.atan", sympy="atan", aliases=("arctan", "arctg", "atg"),
              group="trigonometric"),
    Operation("asec", "inverse secant, acos(1/a)", 1, ("1/(abs(a)*sqrt((a - 1)*(a + 1)))",), meaning="acos(1/a)",
              sympy="asec", aliases=("arcsec",), defined="a <= -1 or a >= 1", sample=((1.001, 50.0),),
              group="trigonometric"),
    Operation("acsc", "inverse cosecant, asin(1/a)", 1, ("-1/(abs(a)*sqrt((a - 1)*(a + 1)))",),
              meaning="asin(1/a)", sympy="acsc", aliases=("arccsc", "acosec"), defined="a <= -1 or a >= 1",
              sample=((1.001, 50.0),), group="trigonometric"),
    Operation("acot", "inverse cotangent, atan(1/a)", 1, ("-1/(1 + a^2)",), meaning="atan(1/a)", sympy="acot",
              aliases=("arccot", "arcctg"), defined="a != 0", sample=((0.01, 50.0),), group="trigonometric"),
    Operation("atan2", "angle of the point (b, a), from -pi to pi", 2,
              ("(b/hypot(a, b))/hypot(a, b)", "-(a/hypot(a, b))/hypot(a, b)"), python="elementary.atan2",
              numpy="arctan2", sympy="atan2", aliases=("arctan2",), defined="a != 0 or b != 0",
              ties="a == 0 and b <= 0", sample=(ANY, (0.1, 20.0)), group="trigonometric"),
    Operation("sinc", "sin(a)/a, and 1 at 0", 1,
              (f"where(abs(a) < 1, {_SINC_SLOPE_SERIES}, (cos(a) - sinc(a))/a)",), python="elementary.sinc",
              meaning="where(a == 0, 1, sin(a)/a)", sympy="sinc", group="trigonometric"),
    Operation("np.sinc", "NumPy's sinc, sin(pi*a)/(pi*a), and 1 at 0", 1,
              meaning="sinc(pi*a)", group="trigonometric"),
    Operation("degrees", "an angle from radians to degrees", 1, meaning="a*(180/pi)",
              aliases=("rad2deg",), group="trigonometric"),
    Operation("radians", "an angle from degrees to radians", 1, meaning="a*(pi/180)",
              aliases=("deg2rad",), group="trigonometric"),
    # hyperbolic functions and their inverses
    Operation("sinh", "hyperbolic sine", 1, ("cosh(a)",), python="math.sinh", numpy="sinh", complex="cmath.sinh",
              sympy="sinh", aliases=("sh",), group="hyperbolic"),
    Operation("cosh", "hyperbolic cosine", 1, ("sinh(a)",), python="math.cosh", numpy="cosh", complex="cmath.cosh",
              sympy="cosh", aliases=("ch",), group="hyperbolic"),
    Operation("tanh", "hyperbolic tangent", 1, ("sech(a)^2",), python="math.tanh", numpy="tanh",
              complex="cmath.tanh", sympy="tanh", aliases=("th",), group="hyperbolic"),
    Operation("sech", "hyperbolic secant, 1/cosh(a)", 1, ("-sech(a)*tanh(a)",),
              meaning="2*exp(-abs(a))/(1 + exp(-2*abs(a)))", sympy="sech", group="hyperbolic"),
    Operation("csch", "hyperbolic cosecant, 1/sinh(a)", 1, ("-csch(a)*coth(a)",),
              meaning="sign(a)*2*exp(-abs(a))/-expm1(-2*abs(a))", sympy="csch", aliases=("cosech",),
              defined="a != 0", sample=((0.05, 20.0),), group="hyperbolic"),
    Operation("coth", "hyperbolic cotangent, 1/tanh(a)", 1, ("-csch(a)^2",), meaning="1/tanh(a)", sympy="coth",
              aliases=("cth",), defined="a != 0", sample=((0.05, 20.0),), group="hyperbolic"),
    Operation("asinh", "inverse hyperbolic sine", 1, ("1/hypot(1, a)",), python="math.asinh", numpy="arcsinh",
              complex="cmath.asinh", sympy="asinh", aliases=("arcsinh", "arsinh", "argsinh"), group="hyperbolic"),
    Operation("acosh", "inverse hyperbolic cosine", 1, ("1/(sqrt(a - 1)*sqrt(a + 1))",), python="math.acosh",
              numpy="arccosh", complex="cmath.acosh", sympy="acosh", aliases=("arccosh", "arcosh", "argcosh"),
              defined="a >= 1", sample=((1.001, 50.0),), group="hyperbolic"),
    Operation("atanh", "inverse hyperbolic tangent", 1, ("1/((1 - a)*(1 + a))",), python="math.atanh",
              numpy="arctanh", complex="cmath.atanh", sympy="atanh", aliases=("arctanh", "artanh", "argtanh"),
              defined="a > -1 and a < 1", sample=(UNIT,), group="hyperbolic"),
    Operation("asech", "inverse hyperbolic secant, acosh(1/a)", 1, ("-1/(a*sqrt((1 - a)*(1 + a)))",),
              meaning="acosh(1/a)", sympy="asech", aliases=("arcsech", "arsech"), defined="a > 0 and a <= 1",
              sample=((0.01, 0.999),), group="hyperbolic"),
    Operation("acsch", "inverse hyperbolic cosecant, asinh(1/a)", 1, ("-1/(abs(a)*hypot(1, a))",),
              meaning="asinh(1/a)", sympy="acsch", aliases=("arccsch", "arcsch"), defined="a != 0",
              sample=((0.01, 50.0),), group="hyperbolic"),
    Operation("acoth", "inverse hyperbolic cotangent, atanh(1/a)", 1, ("1/((1 - a)*(1 + a))",),
              meaning="atanh(1/a)", sympy="acoth", aliases=("arccoth", "arcoth"), defined="a < -1 or a > 1",
              sample=((1.001, 50.0),), group="hyperbolic"),
    # pieces, rounding
    Operation("abs", "absolute value", 1, ("sign(a)",), python="operator.abs", numpy="absolute",
              complex="elementary.cabs", sympy="Abs", aliases=("fabs", "absolute"), ties="a == 0",
              group="pieces and rounding"),
    Operation("sign", "-1, 0 or 1", 1, ("0",), python="elementary.sign", numpy="sign", complex="elementary.csign",
              sympy="sign", aliases=("sgn", "signum"), ties="a == 0", group="pieces and rounding"),
    Operation("max", "the largest of its arguments", 2, meaning="where(a >= b, a, b)", python="elementary.maximum",
              numpy="maximum", complex="elementary.cmaximum", aliases=("maximum", "fmax"), ties="a == b",
              commutative=True, sample=(ANY, ANY), group="pieces and rounding"),
    Operation("min", "the smallest of its arguments", 2, meaning="where(a <= b, a, b)", python="elementary.minimum",
              numpy="minimum", complex="elementary.cminimum", aliases=("minimum", "fmin"), ties="a == b",
              commutative=True, sample=(ANY, ANY), group="pieces and rounding"),
    Operation("floor", "largest whole number not above", 1, ("0",), python="elementary.floor", numpy="floor",
              complex="elementary.cfloor", sympy="floor", ties="a == floor(a)", group="pieces and rounding"),
    Operation("ceil", "smallest whole number not below", 1, ("0",), python="elementary.ceil", numpy="ceil",
              complex="elementary.cceil", sympy="ceiling", aliases=("ceiling",), ties="a == floor(a)",
              group="pieces and rounding"),
    Operation("round", "nearest whole number, a half to the even one", 1, ("0",), python="elementary.round",
              numpy="rint", complex="elementary.cround", sympy="round", aliases=("rint",), ties="a - floor(a) == 0.5",
              group="pieces and rounding"),
    Operation("heaviside", "0 below 0, 1/2 at 0, 1 above", 1, ("0",), python="elementary.heaviside",
              meaning="(1 + sign(a))/2", sympy="Heaviside", aliases=("Heaviside",), ties="a == 0",
              group="pieces and rounding"),
    # error function and gamma function with their kin
    Operation("erf", "error function", 1, ("2/sqrt(pi)*exp(-a^2)",), python="math.erf", sympy="erf",
              sample=((-4.0, 4.0),), group="special"),
    Operation("erfc", "1 - erf(a), accurate where that is small", 1, ("-2/sqrt(pi)*exp(-a^2)",), python="math.erfc",
              sympy="erfc", sample=((-4.0, 20.0),), group="special"),
    Operation("gamma", "gamma function", 1, ("gamma(a)*digamma(a)",), python="math.gamma", sympy="gamma",
              aliases=("Gamma",), defined="a > 0 or a != floor(a)", sample=((0.05, 30.0),), group="special"),
    Operation("lgamma", "log(abs(gamma(a)))", 1, ("digamma(a)",), python="math.lgamma", sympy="lgamma",
              aliases=("gammaln", "loggamma"), defined="a > 0 or a != floor(a)", sample=((0.05, 1e3),),
              group="special"),
    Operation("digamma", "slope of lgamma", 1, ("polygamma(1, a)",), python="elementary.digamma", sympy="digamma",
              aliases=("psi",), defined="a > 0 or a != floor(a)", sample=((0.05, 1e3),), group="special"),
    Operation("polygamma", "a-th derivative of digamma at b", 2, (None, "polygamma(a + 1, b)"),
              python="elementary.polygamma", sympy="polygamma",
              defined="a >= 0 and a == floor(a) and (b > 0 or b != floor(b))", sample=((1.0, 4.0), (0.1, 50.0)),
              group="special"),
    Operation("factorial", "n!, gamma(a + 1)", 1, ("gamma(a + 1)*digamma(a + 1)",), meaning="gamma(a + 1)",
              sympy="factorial", defined="a > -1 or a != floor(a)", sample=((0.05, 30.0),), group="special"),
)  # fmt: skip


OPERATIONS: dict[str, Operation] = {row.name: row for row in _ROWS}
"""The rows by name."""

COMMUTATIVE = frozenset(row.name for row in _ROWS if row.commutative)


def names(row: Operation) -> tuple[str, ...]:
    """What a row is called in the language; an operator may have names of functions beside its sign."""
    return row.aliases if row.precedence else (row.spelling or row.name, *row.aliases)


CONSTANTS = {name: row.name for row in _ROWS if row.group == "constants" for name in names(row)}
"""The names of constants, to their rows' names."""

FUNCTIONS: dict[str, tuple[Operation, ...]] = {}
"""The names of functions, to their rows (`log` has two: by the number of arguments)."""
for _row in _ROWS:
    if _row.group != "constants":
        for _name in names(_row):
            FUNCTIONS[_name] = (*FUNCTIONS.get(_name, ()), _row)
