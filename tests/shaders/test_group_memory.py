"""The work-group memory of a kernel is read from its source, and no declaration of it is missed."""

from __future__ import annotations

from importlib.resources import files

import pytest

from paragon_tui import shaders
from paragon_tui.shaders.group_memory import _ARRAYS, group_bytes

CL = """#define GROUP 64
#define PAIRS 0
#define STRIDE (GROUP + 3 - 1)  // a comment
typedef float4 partial;
__kernel void first(__local float *unused) {
    __local partial shared[GROUP] __attribute__((aligned(32)));
}
__kernel void second(void) {
    __local int ranks[2 * STRIDE], places[PAIRS ? GROUP : 1];
    __local float8 scores[GROUP / 8]; // of one row
}
"""
WGSL = """const GROUP: u32 = 64u;
const STRIDE = GROUP + 3u - 1u;
alias Partial = vec4<f32>;
var<workgroup> shared_partials: array<Partial, GROUP>;
var<workgroup> tile: array<f32, 2u * (STRIDE + 1u)>; // one more
"""


def test_opencl_c_has_memory_in_each_kernel():
    assert group_bytes(CL, "cl", "first") == 16 * 64
    assert group_bytes(CL, "cl", "second") == 4 * 2 * 66 + 4 + 32 * 8


def test_wgsl_has_memory_in_the_module():
    assert group_bytes(WGSL, "wgsl", "any") == 16 * 64 + 4 * 2 * 67


@pytest.mark.parametrize("length", ["OTHER", "GROUP % 3", "-GROUP", "1.5"])
def test_a_length_that_is_not_understood_is_an_error(length):
    with pytest.raises(ValueError, match="no length of work-group memory"):
        group_bytes(CL.replace("[GROUP]", f"[{length}]"), "cl", "first")


def test_a_type_that_is_not_understood_is_an_error():
    with pytest.raises(ValueError, match="half is no type"):
        group_bytes(CL.replace("typedef float4", "typedef half"), "cl", "first")


@pytest.mark.parametrize(("language", "declared"), [("cl", "    __local "), ("wgsl", "var<workgroup>")])
def test_no_declaration_of_any_kernel_is_missed(language, declared):
    texts = [path.read_text() for path in files(shaders).iterdir() if path.name.endswith(f".{language}")]
    lines = [
        line
        for text in texts
        for line in text.splitlines()
        if line.startswith(declared) and "*" not in line.split("[")[0]
    ]
    assert len(lines) > 10
    assert all(_ARRAYS[language].match(line) for line in lines)
