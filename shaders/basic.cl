// Functions of at most three rounded operations (NUMERICS.md section 11), for operands and results that are not
// subnormal.

// y, or +0 if y is -0.
static inline real positive_zero(real y) {
    const word bits = as_word(y);
    return as_real(bits == 0x80000000u ? 0u : bits);
}

static inline real canonical_absolute(real x, uint zero) {
    return as_real(as_word(x) & 0x7fffffffu);
}

static inline real canonical_neg(real x, uint zero) {
    return positive_zero(as_real(as_word(x) ^ 0x80000000u));
}

static inline real canonical_scale(real x, uint zero) {
    return positive_zero(mul(x, 2.5f));
}

static inline real canonical_pow2(real x, uint zero) {
    return mul(x, x);
}

static inline real canonical_clamp(real x, uint zero) {
    const real at_most = x < 1.0f ? x : 1.0f;
    return positive_zero(at_most > -1.0f ? at_most : -1.0f);
}

static inline real canonical_add(real a, real b, uint zero) {
    return positive_zero(add(a, b));
}

static inline real canonical_sub(real a, real b, uint zero) {
    return positive_zero(sub(a, b));
}

static inline real canonical_mul(real a, real b, uint zero) {
    return positive_zero(mul(a, b));
}

static inline real canonical_lerp(real a, real b, uint zero) {
    return positive_zero(add(a, mul(as_float(0x3e99999au), sub(b, a))));
}

static inline real canonical_fma(real a, real b, real c, uint zero) {
    return positive_zero(add(mul(a, b), c));
}
