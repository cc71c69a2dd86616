"""The names of all operations and of their modules, without imports, so that listing cases loads nothing."""

ELEMENTWISE = (
    *("add", "sub", "mul", "div", "scale", "abs", "clamp", "lerp", "fma", "neg", "sqrt", "recip", "pow2"),
    *("relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "swish"),
    *("exp", "ln", "log2", "log10", "sin", "cos"),
)
_REDUCED = ("sum", "mean", "max", "min", "argmax", "argmin", "norm_l1", "norm_l2", "norm_linf", "logsumexp")
REDUCTIONS = ("dot", *(name + along for name in _REDUCED for along in ("", "-rows", "-columns")))
SOFTMAX = ("softmax", "log_softmax")
PRODUCTS = ("matmul", "matmul-rectangular", "matmul-transposed", "matvec")
MLP = ("mlp-forward", "mlp-backward")
MOVES = ("transpose", "broadcast", "concat")
SORTS = ("sort", "sort-u32", "argsort", "argsort-u32")
INTEGERS = ("tree-sum", "fibonacci")

_FAMILIES: dict[str, tuple[str, ...]] = {
    "network": ("network",),
    "operations.elementwise": ELEMENTWISE,
    "operations.reductions": REDUCTIONS,
    "operations.softmax": SOFTMAX,
    "operations.layernorm": ("layernorm",),
    "operations.products": PRODUCTS,
    "operations.convolution": ("convolve2d",),
    "operations.attention": ("attention",),
    "operations.dropout": ("dropout",),
    "operations.movement": MOVES,
    "operations.mlp": ("mlp-forward",),
    "operations.mlp_backward": ("mlp-backward",),
    "operations.training": ("training",),
    "operations.dense": ("dense",),
    "operations.dense_fixed": ("dense-fixed",),
    "operations.integers": INTEGERS,
    "operations.sorting": SORTS,
}
BLAS = frozenset({"network", *PRODUCTS, "attention", "dot", "norm_l2", *MLP, "training", "dense", "dense-fixed"})
"""The operations that NumPy computes on its BLAS; it computes all others on one thread, in loops of its own."""
BATCHED = frozenset({"network", *MLP, "training"})
"""The operations that take a batch of any number of samples in a run."""
_SIGNS = ("abs", "neg", "clamp", "relu", "max", "min", "argmax", "argmin", "norm_linf")
UNROUNDED = frozenset(
    (
        *(name for name in (*ELEMENTWISE, *REDUCTIONS) if name.partition("-")[0] in _SIGNS),
        *(*SORTS, *INTEGERS, "dense-fixed"),
    )
)
"""Operations that are no floating-point arithmetic: comparisons, signs and integers."""
MODULES = {name: f"paragon_tui.suites.{module}" for module, names in _FAMILIES.items() for name in names}
