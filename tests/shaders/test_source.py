"""A source is constants, prelude and parts, in both languages, and is never less guarded than its language needs."""

from __future__ import annotations

import re

import pytest

from paragon_tui import shaders

ENTRY: dict[shaders.Language, str] = {"wgsl": r"@compute.*?\bfn (\w+)", "cl": r"__kernel.*?\bvoid (\w+)"}
KERNELS = [
    ("canonical", "dot_f32", "dense"),
    ("rounding", "canonical", "dot_f16", "rounded_f16", "dense"),
    ("dot_i8", "dense"),
    ("plain",),
    ("barriers",),
    ("copy",),
    ("rounding", "probes"),
    ("rounding", "elementary", "logit", "softmax"),
    ("rounding", "trigonometric", "elementary", "activations", "basic", "unary", "logit", "words", "map"),
    ("rounding", "power", "basic", "binary", "halves", "map2"),
    ("rounding", "power", "basic", "binary", "logit", "words", "map_scalar"),
    ("rounding", "basic", "ternary", "halves", "map3"),
    ("rounding", "element", "depth_first", "lane_order"),
    ("rounding", "elementary", "four_rows", "attention"),
    ("rounding", "elementary", "one_row", "attention"),
    ("rounding", "element", "convolve2d"),
    ("products_f32", "kept_f32", "epilogue", "depth_first", "for_loop"),
    ("products_f16", "rounding", "kept_f16", "epilogue", "depth_first", "for_loop"),
    ("products_f32", "kept_f32", "epilogue", "cooperating"),
    ("rounding", "depth_first", "element", "panels"),
    ("products_f32", "kept_f32", "epilogue", "depth_first", "tiles"),
    ("products_f16", "rounding", "kept_f16", "epilogue", "depth_first", "tiles"),
    ("gather",),
    ("stack",),
    ("without_small", "update"),
    ("rounding", "elementary", "terms", "errors", "lanes", "without_small", "squared_error"),
    (
        "rounding",
        "elementary",
        "terms",
        "words",
        "elements",
        "lanes",
        "softmax_terms",
        "without_small",
        "cross_entropy",
    ),
    ("rounding", "elementary", "terms", "words", "elements", "lanes", "mean_loss"),
    ("rounding", "canonical", "dot_f16", "relu_f16", "dense"),
    ("dot_fixed", "dense"),
    ("ranks", "sort"),
    ("group_sum", "tree_sum"),
    ("group_sum", "fibonacci_tree"),
    ("fibonacci",),
]


@pytest.mark.parametrize(
    ("language", "group", "block"),
    [
        ("wgsl", "const GROUP: u32 = 64u;\n", "const BLOCK: u32 = 4096u;\n"),
        ("cl", "#define GROUP 64\n", "#define BLOCK 4096\n"),
    ],
)
def test_constants_stand_in_order_ahead_of_prelude_and_parts(language, group, block):
    bare = shaders.source(("dense",), language, ())
    guard, rest = bare.split("\n", 1)
    text = shaders.source(("dense",), language, (("GROUP", 64), ("BLOCK", 4096)))
    assert text == group + block + guard + "\n" + rest


def test_parts_follow_one_another():
    both = shaders.source(("rounding", "elementary"), "cl", ())
    alone = shaders.source(("rounding",), "cl", ())
    assert both.startswith(alone) and len(both) > len(alone)


@pytest.mark.parametrize(
    ("language", "asked", "guard"), [("wgsl", 0, 5), ("wgsl", 2, 7), ("wgsl", 7, 7), ("cl", 0, 0), ("cl", 3, 3)]
)
def test_wgsl_always_guards_products_and_divisions(language, asked, guard):
    text = shaders.source(("dense",), language, (("GUARD", asked),))
    assert re.search(rf"GUARD(: u32 =)? {guard}u?;?\n", text)


@pytest.mark.parametrize("parts", KERNELS, ids=lambda parts: parts[-1])
def test_both_languages_have_the_same_entry_points(parts):
    entries = {
        language: set(re.findall(pattern, shaders.source(parts, language, ()), re.DOTALL))
        for language, pattern in ENTRY.items()
    }
    assert entries["wgsl"] == entries["cl"]


@pytest.mark.parametrize("part", ["rounding", "trigonometric", "elementary", "activations", "power", "basic"])
def test_both_languages_of_a_part_have_the_same_canonical_functions_in_the_same_order(part):
    wgsl, cl = shaders.source((part,), "wgsl", ()), shaders.source((part,), "cl", ())
    functions = re.findall(r"^fn (canonical_\w+)", wgsl, re.MULTILINE)
    assert functions
    assert functions == re.findall(r"^static inline \w+ (canonical_\w+)", cl, re.MULTILINE)


def test_a_kernel_that_does_not_exist_is_not_found():
    with pytest.raises(FileNotFoundError):
        shaders.source(("sparse",), "wgsl", ())
