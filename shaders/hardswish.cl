// hardswish, for operands and results that are not subnormal (NUMERICS.md section 11). Needs `basic`.

static inline real unary_function(real x, uint zero) {
    const real raised = add(x, 3.0f);
    const real positive = raised > 0.0f ? raised : 0.0f;
    const real gate = mul(positive < 6.0f ? positive : 6.0f, as_float(0x3e2aaaabu)); // fl(1/6)
    return positive_zero(mul(x, gate));
}
