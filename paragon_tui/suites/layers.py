"""The layers suite: matrix products, convolution, attention, normalisation and data movement, small to large.

Shapes: of ``matmul`` M, K, N; of ``convolve2d`` the image's rows and columns, then the kernel's; of ``attention``
heads, sequence length and head width; of all others rows and columns. A batch comes first.
"""

from paragon_tui.suites.case import Case, Suite

_SQUARES = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
_SQUARE_CATEGORIES = {256: "small", 1024: "medium", 4096: "large"}
_CATEGORIES = ("small", "medium", "large")
_MATRICES = ((1024, 1024), (2048, 2048), (4096, 4096))
_HEADS = ((4, 128, 32), (8, 512, 64), (16, 1024, 64))
_SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "matmul-rectangular": ((64, 256, 128), (256, 1024, 512), (1024, 4096, 2048)),
    "matmul-transposed": ((256, 256, 256), (1024, 1024, 1024), (2048, 2048, 2048)),
    "matmul-batched": ((8, 128, 128, 128), (32, 256, 256, 256), (64, 512, 512, 512)),
    "matvec": _MATRICES,
    "convolve2d": ((256, 256, 3, 3), (1024, 1024, 5, 5), (2048, 2048, 7, 7)),
    "attention": _HEADS,
    "attention-batched": ((8, 4, 128, 32), (8, 8, 256, 64), (8, 12, 512, 64)),
    "attention-causal": _HEADS,
    "attention-projected": (*_HEADS[:2], (12, 1024, 64)),
    "softmax": _MATRICES,
    "softmax-batched": ((16, 256, 256), (64, 256, 256), (64, 512, 512)),
    "layernorm": _MATRICES,
    "layernorm-batched": ((8, 128, 768), (8, 512, 768), (32, 512, 768)),
    "dropout": _MATRICES,
    "transpose": _MATRICES,
    "reshape": _MATRICES,
    "broadcast": _MATRICES,
    "stack": _MATRICES,
    "concat": _MATRICES,
}


def _square(side: int) -> Case:
    sizes = (str(side), f"{side}x{side}", _SQUARE_CATEGORIES.get(side))
    return Case("layers", f"matmul-{side}", "matmul", (side, side, side), tuple(size for size in sizes if size))


SUITE = Suite(
    "layers",
    (
        *map(_square, _SQUARES),
        *(
            Case("layers", f"{operation}-{category}", operation, shape, (category, "x".join(map(str, shape))))
            for operation, shapes in _SHAPES.items()
            for category, shape in zip(_CATEGORIES, shapes, strict=True)
        ),
    ),
    frozenset({"16", "64", "256", "1024", "small", "medium"}),
)
