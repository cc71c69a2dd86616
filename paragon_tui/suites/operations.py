"""The names of all operations, by the module of ``workloads`` that says what they compute: listing loads nothing."""

ELEMENTWISE = (
    *("add", "sub", "mul", "div", "add-scalar", "sub-scalar", "mul-scalar", "div-scalar"),
    *("scale", "abs", "clamp", "lerp", "fma", "neg", "sqrt", "recip", "pow2", "pow-scalar"),
    *("relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "swish", "hardswish"),
    *("exp", "ln", "log2", "log10", "sin", "cos"),
)
_REDUCED = ("sum", "mean", "max", "min", "argmax", "argmin", "norm_l1", "norm_l2", "norm_linf", "logsumexp")
REDUCTIONS = ("dot", *(name + along for name in _REDUCED for along in ("", "-rows", "-columns")))
SOFTMAX = ("softmax", "log_softmax")
PRODUCTS = ("matmul", "matmul-rectangular", "matmul-transposed", "matmul-batched", "matvec")
ATTENTIONS = ("attention", "attention-batched", "attention-causal", "attention-projected")
MOVES = ("transpose", "reshape", "broadcast", "stack", "concat")
SORTS = ("sort", "sort-u32", "argsort", "argsort-u32")

FAMILIES: dict[str, tuple[str, ...]] = {
    "elementwise": ELEMENTWISE,
    "reductions": REDUCTIONS,
    "rows": (*SOFTMAX, "softmax-batched", "layernorm", "layernorm-batched"),
    "products": PRODUCTS,
    "dropout": ("dropout",),
    "movement": MOVES,
    "convolution": ("convolve2d",),
    "attention": ATTENTIONS,
    "sorting": SORTS,
    "integers": ("tree-sum", "fibonacci", "fibonacci-tree", "dense-fixed"),
    "networks": ("network", "dense"),
    "mlp": ("mlp-forward", "mlp-backward"),
    "training": ("training",),
}
