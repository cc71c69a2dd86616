"""A kernel's source is prelude, constants, kernel, in both languages."""

from __future__ import annotations

import re

import pytest

import shaders

ENTRY = {"wgsl": r"@compute.*?\bfn (\w+)", "cl": r"__kernel.*?\bvoid (\w+)"}


@pytest.mark.parametrize(
    ("language", "group", "block"),
    [
        ("wgsl", "const GROUP: u32 = 64u;\n", "const BLOCK: u32 = 4096u;\n"),
        ("cl", "#define GROUP 64\n", "#define BLOCK 4096\n"),
    ],
)
def test_constants_stand_in_order_between_prelude_and_kernel(language, group, block):
    twice = shaders.source("prelude", language, ())
    prelude, bare = twice[: len(twice) // 2], shaders.source("dense", language, ())
    text = shaders.source("dense", language, (("GROUP", 64), ("BLOCK", 4096)))
    assert bare.startswith(prelude)
    assert text == prelude + group + block + bare.removeprefix(prelude)


def test_both_languages_have_the_same_entry_points():
    entries = {
        language: set(re.findall(pattern, shaders.source("dense", language, ()), re.DOTALL))
        for language, pattern in ENTRY.items()
    }
    assert entries["wgsl"] == entries["cl"] == {"rows", "lanes"}


def test_a_kernel_that_does_not_exist_is_not_found():
    with pytest.raises(FileNotFoundError):
        shaders.source("sparse", "wgsl", ())
