"""A formula's tree and the parameters of a condition in, its value out: a number, true or false, never more."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence

from expc.compiler.meaning.formula import Call, Chain, FormulaError, Name, Negative, Node, Number
from expc.errors import nearest
from expc.spec import Value

DIGITS = 12
LARGEST = 2**63

Real = int | float


def compute(tree: Node, params: Mapping[str, Value]) -> Real | bool:
    """Rounded to 12 digits, which two machines whose `exp` differs in the last one have in common.

    Whole numbers stay whole under + - * % **, and under / if nothing is left over. Raises FormulaError."""
    found = _value(tree, params)
    return rounded(found) if isinstance(found, float) else found


def rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}") + 0.0  # -0.0 is 0.0


def _value(node: Node, params: Mapping[str, Value]) -> Real | bool:
    match node:
        case Number():
            return node.value
        case Name():
            return _parameter(node, params)
        case Negative():
            return -_number(node.operand, params)
        case Chain():
            return _chain(node, params)
        case Call():
            return _call(node, params)


def _parameter(name: Name, params: Mapping[str, Value]) -> Real | bool:
    match found := _given(name, params):
        case bool() | int() | float():
            return found
        case tuple():
            hint = f"of a list a formula knows min({name.name}) and max({name.name})"
            raise FormulaError(name.at, f"{name.name} is a list", hint)
        case None:
            raise FormulaError(name.at, f"{name.name} is null", "give it a number here, or leave it out of the formula")
        case _:
            raise FormulaError(name.at, f"{name.name} is the text {found!r}", "a formula knows numbers, true and false")


def _given(name: Name, params: Mapping[str, Value]) -> Value:
    if name.name not in params:  # only an own program's: those of a template have a default
        hint = f"{nearest(name.name, params)}; give it a value under `params`, or in every level"
        raise FormulaError(name.at, f"{name.name} has no value", hint)
    return params[name.name]


def _number(node: Node, params: Mapping[str, Value]) -> Real:
    found = _value(node, params)
    if isinstance(found, bool):
        shown = "true" if found else "false"
        raise FormulaError(place(node), f"a number is wanted, and this is {shown}", "write if(condition, 1, 0)")
    return found


def place(node: Node) -> int:
    """Where a part of a formula begins."""
    while isinstance(node, Chain):
        node = node.first
    return node.at


def _chain(chain: Chain, params: Mapping[str, Value]) -> Real | bool:
    symbol, at, other = chain.rest[0]
    if symbol in _COMPARED:
        one, two = (_comparable(_number(side, params)) for side in (chain.first, other))
        return _COMPARED[symbol](one, two)
    found = _number(chain.first, params)
    for symbol, at, other in chain.rest:
        found = _finite(at, symbol, _ARITHMETIC[symbol], found, _number(other, params))
    return found


def _comparable(value: Real) -> Real:
    """Rounded, so that 0.1 * 3 == 0.3, and no machine's last digit decides."""
    return rounded(value) if isinstance(value, float) else value


def _call(call: Call, params: Mapping[str, Value]) -> Real | bool:
    if call.function == "if":
        return _value(call.arguments[1 if _condition(call.arguments[0], params) else 2], params)
    if call.function in ("min", "max"):
        return _extreme(call, params)
    values = [_number(argument, params) for argument in call.arguments]
    return _finite(call.at, call.function, _FUNCTIONS[call.function], *values)


def _condition(node: Node, params: Mapping[str, Value]) -> bool:
    found = _value(node, params)
    if not isinstance(found, bool):
        raise FormulaError(place(node), "if() wants a comparison first", "as in if(epochs > 10, 0.1, 0.01)")
    return found


def _extreme(call: Call, params: Mapping[str, Value]) -> Real:
    values: list[Real] = []
    for argument in call.arguments:
        given = _given(argument, params) if isinstance(argument, Name) else None
        if not isinstance(given, tuple):
            values.append(_number(argument, params))
            continue
        items = [item for item in given if isinstance(item, int | float) and not isinstance(item, bool)]
        if len(items) < len(given) or not items:
            why = "holds more than numbers" if given else "is empty"
            raise FormulaError(place(argument), f"the list {why}", f"{call.function}() wants numbers")
        values += items
    return min(values) if call.function == "min" else max(values)


def _finite(at: int, what: str, made: Callable[..., Real], *values: Real) -> Real:
    """Of numbers that 64 bits hold, one that they hold."""
    try:
        found = made(*values)
    except ZeroDivisionError:
        raise FormulaError(
            at, f"{_shown(what, values)} divides by zero", "keep zero out: if(a == 0, 0, b / a)"
        ) from None
    except ValueError:  # log(0), sqrt(-1), a root of what is below zero
        hint = "keep such values out by if(…), max(…) or min(…)"
        raise FormulaError(at, f"{_shown(what, values)} is no number", hint) from None
    except OverflowError:
        found = math.inf
    if not math.isfinite(found) or (isinstance(found, int) and abs(found) >= LARGEST):
        hint = "numbers reach to 1.8e308, whole ones to 9.2e18"
        raise FormulaError(at, f"{_shown(what, values)} is too large", hint)
    return found


def _shown(what: str, values: Sequence[Real]) -> str:
    texts = [f"{value:.6g}" for value in values]
    return f" {what} ".join(texts) if what in _ARITHMETIC else f"{what}({', '.join(texts)})"


def _divided(one: Real, other: Real) -> Real:
    whole = isinstance(one, int) and isinstance(other, int) and other != 0 and one % other == 0
    return one // other if whole else one / other


def _power(base: Real, exponent: Real) -> Real:
    if base < 0 and exponent != int(exponent):
        raise ValueError("complex")
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent >= 0
    # A power of whole numbers can take all the memory there is: it is computed only if 64 bits will hold it.
    if whole and abs(base) > 1 and exponent * math.log2(abs(base)) > 64:
        raise OverflowError
    found: Real = base**exponent
    return found


def _round(number: Real, digits: Real = 0) -> Real:
    """As Python does: halves go to the even neighbour."""
    if digits != int(digits) or abs(digits) > DIGITS:
        raise ValueError("digits")
    return round(number, int(digits)) if digits else round(number)


_ARITHMETIC: dict[str, Callable[[Real, Real], Real]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": operator.mod,
    "**": _power,
}
_COMPARED: dict[str, Callable[[Real, Real], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., Real]] = {"sqrt": math.sqrt, "log": math.log, "exp": math.exp, "round": _round}
