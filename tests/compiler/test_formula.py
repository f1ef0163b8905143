"""Formulas in, numbers out; and from whatever is no arithmetic, an error that knows where it stands."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expc.compiler.meaning.arithmetic import compute
from expc.compiler.meaning.formula import FormulaError, names, parse
from expc.spec import Value

PARAMS: dict[str, Value] = {
    "epochs": 10,
    "lr": 0.1,
    "zero": 0,
    "small": -8,
    "flag": True,
    "name": "adam",
    "nothing": None,
    "hidden": (128, 64),
    "texts": ("a", "b"),
    "none": (),
    "opt.lr": 0.5,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("epochs * 20", 200),
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("- - 3", 3),
        ("-+3", -3),
        ("-7 % 3", 2),
        ("6 / 2", 3),
        ("5 / 2", 2.5),
        ("6.0 / 2", 3.0),
        ("8 - 4 - 2", 2),
        ("8 / 4 / 2", 1),
        ("lr * 3", 0.3),
        ("1 / 3", 0.333333333333),
        ("1e-3 + .5 + 2.", 2.501),
        ("opt.lr", 0.5),
        ("lr * 3 == 0.3", True),
        ("epochs != 10", False),
        ("epochs<=10", True),
        ("flag", True),
        ("if(epochs > 5, 1, 2)", 1),
        ("if(zero == 0, 0, 1 / zero)", 0),
        ("if(flag, epochs, lr)", 10),
        ("min(3, epochs, 4)", 3),
        ("max(hidden)", 128),
        ("min(hidden, 100, lr * 10)", 1.0),
        ("sqrt(16)", 4.0),
        ("exp(0)", 1.0),
        ("log(exp(2))", 2.0),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(2.456, 2)", 2.46),
        ("round(1234, -2)", 1200),
        ("0 - 0.0", 0.0),
        ("9 * 10 ** 17 * 10", 9_000_000_000_000_000_000),
        ("1 ** 9000000000000000000", 1),
        ("1 * 2 + " * 60 + "1", 121),
        ("2 ** 1 + " * 30 + "1", 61),
        ("(1) + " * 30 + "1", 31),
    ],
)
def test_a_formula_has_the_value_and_the_type_that_its_page_says(text: str, value: float) -> None:
    found = compute(parse(text), PARAMS)
    assert (found, type(found)) == (value, type(value))
    assert not isinstance(found, float) or math.copysign(1, found) == math.copysign(1, value)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "the formula ends where a number or a parameter should follow"),
        ("1 +", 3, "the formula ends where a number or a parameter should follow"),
        ("epochs 2", 7, "an operator is missing before 2"),
        ("2epochs", 1, "an operator is missing before epochs"),
        ("1_000", 1, "an operator is missing before _000"),
        ("(1 + 2", 0, "a bracket that is never closed"),
        ("1 + 2)", 5, "a lone )"),
        ("f(1)", 0, "f is no function of a formula"),
        ("  __import__('os').system('x')", 2, "__import__ is no function of a formula"),
        ("eval(1)", 0, "eval is no function of a formula"),
        ("epochs.bit_length()", 0, "epochs.bit_length is no function of a formula"),
        ("lr .real", 3, "a formula takes no part out of a value"),
        ("hidden[0]", 6, "a formula has no lists and takes no part out of one"),
        ("[1 for x in hidden]", 0, "a formula has no lists and takes no part out of one"),
        ("'a' * 9", 0, "a formula has no texts"),
        ('f"{lr}"', 1, "a formula has no texts"),
        ("{epochs} * 2", 0, "a formula has no braces"),
        ("lambda: 1", 6, "':' can't stand in a formula"),
        ("x := 1", 2, "':' can't stand in a formula"),
        ("lr = 1", 3, "a lone ="),
        ("2 ^ 3", 2, "^ is no operator of a formula"),
        ("7 // 2", 2, "// is no operator of a formula"),
        ("1 < 2 < 3", 6, "one comparison at a time"),
        ("1 if lr else 2", 2, "`if` can't stand here"),
        ("lr and 1", 3, "`and` can't stand here"),
        ("not lr", 0, "`not` can't stand here"),
        ("if(lr > 1, 2)", 0, "if() takes 3 values, and has 2"),
        ("sqrt()", 0, "sqrt() takes 1 value, and has 0"),
        ("round(1, 2, 3)", 0, "round() takes 1 or 2 values, and has 3"),
        ("max(1,)", 6, "a lone )"),
        ("1e999", 0, "the number 1e999 is too large"),
        ("9" * 400, 0, "the number 99999999999999999999 is too large"),
        ("(" * 400 + "1" + ")" * 400, 20, "more than 20 levels of brackets"),
        ("2**" * 100 + "2", 58, "more than 20 powers of powers"),
        ("±1", 0, "'±' can't stand in a formula"),
    ],
)
def test_what_is_no_formula_is_refused_where_it_begins_to_be_none(text: str, at: int, message: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert (error.value.at, error.value.message[: len(message)]) == (at, message)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("1 / zero", 2, "1 / 0 divides by zero"),
        ("1 % (epochs - 10)", 2, "1 % 0 divides by zero"),
        ("zero ** -1", 5, "0 ** -1 divides by zero"),
        ("log(zero)", 0, "log(0) is no number"),
        ("1 + sqrt(small)", 4, "sqrt(-8) is no number"),
        ("small ** 0.5", 6, "-8 ** 0.5 is no number"),
        ("round(lr, 0.5)", 0, "round(0.1, 0.5) is no number"),
        ("9**9**9**9", 4, "9 ** 3.8742e+08 is too large"),
        ("9 ** 9 ** 9 ** 9.0", 7, "9 ** 3.8742e+08 is too large"),
        ("2 ** 63", 2, "2 ** 63 is too large"),
        ("1e308 * 10", 6, "1e+308 * 10 is too large"),
        ("exp(1000)", 0, "exp(1000) is too large"),
        ("9 * 10 ** 18 + 9 * 10 ** 18", 13, "9e+18 + 9e+18 is too large"),
        ("name * 2", 0, "name is the text 'adam'"),
        ("2 * nothing", 4, "nothing is null"),
        ("hidden * 2", 0, "hidden is a list"),
        ("max(texts)", 4, "the list holds more than numbers"),
        ("min(1, none)", 7, "the list is empty"),
        ("1 + missing", 4, "missing has no value"),
        ("1 + (lr > 2)", 5, "a number is wanted, and this is false"),
        ("flag * 2", 0, "a number is wanted, and this is true"),
        ("if(epochs, 1, 2)", 3, "if() wants a comparison first"),
    ],
)
def test_what_comes_to_no_number_says_where(text: str, at: int, message: str) -> None:
    tree = parse(text)
    with pytest.raises(FormulaError) as error:
        compute(tree, PARAMS)
    assert (error.value.at, error.value.message) == (at, message)


def test_the_names_that_a_formula_reads_stand_where_it_reads_them() -> None:
    found = [(name.at, name.name) for name in names(parse("if(a > -b, max(c.d, a), 1) ** e"))]
    assert found == [(3, "a"), (8, "b"), (15, "c.d"), (20, "a"), (30, "e")]


@given(st.text(alphabet="0123456789.e+-*/%()<>=!, abmaxifsqrtlogepround_'[]{}", max_size=60))
def test_any_text_is_a_number_or_an_error_at_a_place_of_its_own_and_soon(text: str) -> None:
    began = time.perf_counter()
    try:
        found = compute(parse(text), {"a": 3, "b": -0.5})
    except FormulaError as error:
        assert 0 <= error.at <= len(text)
        assert error.message
    else:
        assert isinstance(found, bool) or (math.isfinite(found) and abs(found) < 1e309)
    assert time.perf_counter() - began < 1


NUMBERS = st.one_of(st.integers(-1000, 1000), st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: float(f"{x:.6g}")))
SUMS = st.recursive(
    NUMBERS.map(lambda x: f"({x!r})"),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda three: f"({' '.join(three)})"),
    max_leaves=8,
)


@given(SUMS)
def test_arithmetic_is_that_of_python_to_twelve_digits(text: str) -> None:
    assert compute(parse(text), {}) == pytest.approx(eval(text), rel=1e-11, abs=1e-11)
