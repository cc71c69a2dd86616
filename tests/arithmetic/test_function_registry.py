"""The registry of functions: names, numbers, and the kernels' cases."""

from __future__ import annotations

import re

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.arithmetic.functions import FUNCTIONS, function, numpy_function

PARTS = {1: ("unary",), 2: ("binary",), 3: ("ternary",)}


def test_numbers_count_from_zero_for_each_arity():
    for arity in PARTS:
        numbers = [f.number for f in FUNCTIONS if f.arity == arity]
        assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("arity", PARTS)
@pytest.mark.parametrize("language", ["wgsl", "cl"])
def test_every_number_is_that_functions_case_in_both_kernels(arity, language):
    text = shaders.source(PARTS[arity], language, ())
    cases = re.findall(r"case (\d+)u?: (?:\{ )?return canonical_(\w+)\(", text)
    assert {int(number): name for number, name in cases} == {f.number: f.name for f in FUNCTIONS if f.arity == arity}


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)
def test_every_function_has_a_numpy_implementation_that_keeps_the_shape(f):
    operand = np.full((2, 3), 0.5, dtype=np.float32)
    result = numpy_function(f.name)(*[operand] * f.arity)
    assert result.shape == (2, 3) and result.dtype == np.float32
    assert function(f.name) == f


def test_an_unknown_function_is_an_error():
    for look_up in (function, numpy_function):
        with pytest.raises(KeyError):
            look_up("gamma")
