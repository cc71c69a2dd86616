"""Values in layouts and back: every element is at its place, all else is padding, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import LAST_KEYS
from paragon_tui.backends.plan import NUMPY_NAMES
from paragon_tui.operators import layout
from paragon_tui.operators.dense_kernel import row_words, vector_layout, weights_layout
from paragon_tui.operators.layout import PER_WORD, Layout, Panels
from paragon_tui.operators.numerics.layouts import concatenated, pack, unpack
from paragon_tui.operators.tensor import Tensor
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.operators import EXAMPLES, Example, f16, f32, i8, i32, u32

READABLE = ("words", "widened", "halves", "bytes")
"""The encodings of results."""
COLUMNS = [1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 784, 2048]
DTYPES = pytest.mark.parametrize("dtype", ["f32", "f16", "i8", "i32"])

# Where elements are, in plain Python


def walk(depth: int) -> list[int]:
    """The terms of a sum in the order of its tree: block by block, leaf by leaf, and of a leaf every 64th."""
    lanes = [int(f"{leaf:06b}"[::-1], 2) for leaf in range(64)]
    blocks = [(start, min(start + 4096, depth)) for start in range(0, depth, 4096)]
    return [term for start, end in blocks for lane in lanes for term in range(start + lane, end, 64)]


def places(made: Layout) -> Iterator[tuple[int, int]]:
    """The word of each element, and the part of it."""
    panels, per_word = made.panels, PER_WORD[made.encoding]
    order = {term: place for place, term in enumerate(walk(panels.depth))} if panels else {}
    for element in range(made.count):
        row, column = divmod(element, made.columns)
        if panels is not None:
            first = row // panels.width * panels.depth * panels.width
            yield first + order[column] * panels.width + row % panels.width, 0
        else:
            yield row * made.row_words + column // per_word, column % per_word


def decoded(made: Layout, tensor: Tensor, word: int, part: int) -> float:
    """An element, from the bits of its word."""
    if made.encoding == "bytes":
        return int(np.uint8(word >> 8 * part & 0xFF).view(np.int8))
    if made.encoding == "halves":
        return float(np.uint16(word >> 16 * part & 0xFFFF).view(np.float16))
    if tensor.dtype in ("i32", "u32"):
        return int(np.uint32(word).view({"i32": np.int32, "u32": np.uint32}[tensor.dtype]))
    return float(np.uint32(word).view(np.float32))


def assert_packed(made: Layout, tensor: Tensor, values: NDArray[Any]) -> None:
    """Assert that every element is at its place, that all other bits are padding, and that it can be read back."""
    packed = pack(made, values)
    assert (packed.shape, packed.dtype.name) == (made.shape, NUMPY_NAMES[made.dtype])
    words = np.ascontiguousarray(packed).view(np.uint32).ravel()
    bits = 32 // PER_WORD[made.encoding]
    left = words.astype(object)
    used = set()
    for (word, part), value in zip(places(made), values.ravel().tolist(), strict=True):
        assert decoded(made, tensor, int(words[word]), part) == value
        assert (word, part) not in used
        used.add((word, part))
        left[word] &= ~((1 << bits) - 1 << bits * part)
    empty = np.ones(words.size, dtype=bool)
    empty[[word for word, _ in used]] = False
    assert set(left[empty].tolist()) <= {made.padding or 0} and set(left[~empty].tolist()) == {0}
    assert made.is_padded == (len(used) != words.size * PER_WORD[made.encoding])
    if made.encoding in READABLE:
        read = unpack(made, tensor, packed)
        expected = values.astype(np.int32) if tensor.dtype == "i8" else values
        assert read.shape == tensor.shape and read.dtype == expected.dtype
        assert read.tobytes() == np.ascontiguousarray(expected).tobytes()
    else:
        with pytest.raises(ValueError, match=f"no kernel gives results as {made.encoding}"):
            unpack(made, tensor, packed)


def numbers(tensor: Tensor) -> NDArray[Any]:
    """Values of a tensor, of which neighbours differ and none is zero; f16 as f32."""
    counted = np.arange(1, tensor.count + 1).reshape(tensor.shape)
    if tensor.dtype in ("f32", "f16"):
        return (counted % 1021 + 1).astype(np.float32) * np.float32(0.5)
    if tensor.dtype == "i8":
        return (counted % 127 - 127).astype(np.int8)
    return counted.astype(np.int32) if tensor.dtype == "i32" else counted.astype(np.uint32) * np.uint32(2**20 + 1)


# The layouts of operators


@pytest.mark.parametrize("adapter", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_elements_lie_where_every_lowering_of_every_operator_has_them(example: Example, adapter: Any) -> None:
    tensors = example.operands | example.results
    made = {(tensors[name], each) for low in example.lowerings(adapter) for name, each in low.layouts.items()}
    for tensor, each in made:
        assert_packed(each, tensor, numbers(tensor))


# Every encoding, at odd extents


@pytest.mark.parametrize("columns", COLUMNS)
@DTYPES
def test_rows_of_weights_hold_every_element_where_the_dot_expects_it(dtype: str, columns: int) -> None:
    for rows in (1, 3):
        tensor = Tensor((rows, columns), dtype)
        made = weights_layout(tensor)
        assert made.shape == (rows, row_words(columns, dtype)) and made.row_words % 16 == 0
        assert_packed(made, tensor, numbers(tensor))


@pytest.mark.parametrize("count", COLUMNS)
@DTYPES
def test_vectors_are_padded_to_whole_groups(dtype: str, count: int) -> None:
    tensor = Tensor((count,), dtype)
    made = vector_layout(tensor)
    assert made.words * PER_WORD[made.encoding] == -(-count // 128) * 128
    assert_packed(made, tensor, numbers(tensor))


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 3, 7), (4, 6), (1, 1, 1), ()], ids=str)
def test_words_and_halves_of_any_rank(shape: tuple[int, ...]) -> None:
    for tensor in (f32(*shape), i32(*shape), u32(*shape)):
        assert_packed(layout.words(tensor), tensor, numbers(tensor))
    if not shape:
        return
    for tensor in (f32(*shape), f16(*shape)):
        values = numbers(tensor)
        for made in (layout.widened(tensor), layout.packed(tensor), layout.in_rows(tensor)):
            assert_packed(made, tensor, values)
        rows = tensor.count // shape[-1]
        assert_packed(layout.in_rows(tensor, row_words=11, rows=rows + 3), tensor, values)


@pytest.mark.parametrize(("rows", "depth", "width"), [(1, 1, 4), (5, 64, 4), (33, 130, 16), (3, 4161, 8), (4, 8193, 2)])
def test_panels_hold_rows_side_by_side_in_the_order_of_the_sums(rows: int, depth: int, width: int) -> None:
    """And +0 where a panel has no row, or a row no such term."""
    tensor = f32(rows, depth)
    padded = -(-depth // 64) * 64
    words = -(-rows // width) * width * padded
    made = Layout("panels", tensor.count, depth, padded, (words,), "f32", panels=Panels(width, padded))
    assert sorted(walk(padded)) == list(range(padded))
    assert_packed(made, tensor, numbers(tensor))


@pytest.mark.parametrize(
    ("dtype", "columns", "words"),
    [
        ("f32", 784, 784),
        ("f32", 1, 16),
        ("f16", 784, 400),
        ("f16", 128, 64),
        ("f16", 129, 80),
        ("f16", 65, 48),
        ("i8", 784, 208),
        ("i8", 2048, 512),
        ("i8", 1, 16),
    ],
)
def test_a_row_has_as_many_words(dtype: str, columns: int, words: int) -> None:
    assert row_words(columns, dtype) == weights_layout(Tensor((2, columns), dtype)).row_words == words


# Padding


@pytest.mark.parametrize("padding", [0, 7, LAST_KEYS["f32"], LAST_KEYS["u32"]])
def test_what_has_no_element_is_padding(padding: int) -> None:
    for tensor in (f32(3, 5), f16(3, 5)):
        made = replace(layout.widened(tensor), row_words=8, shape=(4, 8), padding=padding)
        words = pack(made, numbers(tensor)).view(np.uint32)
        assert set(words[:3, 5:].ravel().tolist()) == set(words[3].tolist()) == {padding}
        assert_packed(made, tensor, numbers(tensor))


def test_padding_of_any_bits_is_zero_where_it_is_packed() -> None:
    made = replace(layout.words(f32(5)), row_words=8, shape=(8,), padding=None)
    assert pack(made, numbers(f32(5)))[5:].tolist() == [0, 0, 0]


def test_keys_without_an_order_are_refused() -> None:
    made = replace(layout.words(f32(3)), ordered=True)
    keys = np.array([1, np.nan, 2], dtype=np.float32)
    with pytest.raises(ValueError, match="keys that are not a number have no order"):
        pack(made, keys)
    assert np.isnan(pack(layout.words(f32(3)), keys)[1])


# Halves and bytes


def test_samples_are_widened_halves_and_packed_bytes() -> None:
    x = np.array([1, 0.5, 2.0**-24, -0.0, 1 / 3], dtype=np.float32)
    assert pack(vector_layout(f32(5)), x)[:5].tobytes() == x.tobytes()
    third = np.float32(np.float16(1 / 3))
    assert pack(vector_layout(f16(5)), x)[:5].tobytes() == np.array([1, 0.5, 2.0**-24, 0, third], np.float32).tobytes()
    samples = np.array([1, 2, 3, 4, 127], dtype=np.int8)
    for integers in (samples, samples.astype(np.int32)):
        assert pack(vector_layout(i8(5)), integers)[:2].tolist() == [0x04030201, 0x7F]


def test_halves_are_rounded_on_their_way_to_a_device() -> None:
    third = np.full((2, 3), 1 / 3, dtype=np.float32)
    rounded = np.full((2, 3), np.float32(np.float16(1 / 3)))
    for made in (layout.widened(f16(2, 3)), layout.in_rows(f16(2, 3)), layout.packed(f16(2, 3))):
        assert unpack(made, f16(2, 3), pack(made, third)).tobytes() == rounded.tobytes()
    words = pack(weights_layout(f16(2, 3)), third)
    assert words.view(np.float16)[:, :4].tolist() == [[*rounded[0].tolist(), 0]] * 2


def test_halves_lie_two_a_word_the_first_lower() -> None:
    words = pack(layout.packed(f16(1, 3)), np.array([[1.0, -2.0, 0.5]], np.float32))
    np.testing.assert_array_equal(words.view(np.float16), np.array([1.0, -2.0, 0.5, 0.0], np.float16))


@pytest.mark.parametrize("value", [65520.0, np.inf, np.nan])
def test_what_no_half_can_hold_is_refused(value: float) -> None:
    values = np.array([1, value, 2], dtype=np.float32)
    for made in (layout.widened(f16(3)), layout.in_rows(f16(3)), vector_layout(f16(3)), weights_layout(f16(1, 3))):
        with pytest.raises(ValueError, match=r"value 1 is .*: an f16 holds less than 65520"):
            pack(made, values)


def test_several_buffers_lie_one_after_another() -> None:
    first, second = np.array([[1, 2], [3, 4]], np.uint32), np.array([5], np.uint32)
    assert concatenated([first, second]).tolist() == [1, 2, 3, 4, 5]
    assert np.shares_memory(concatenated([first]), first)
