// Elementary functions: the sequences of NUMERICS.md section 7, with one rounding per operation. Needs `rounding`.
// `zero` is the run-time zero. OpenCL's floats have NaN and infinity, so a sequence may run on any operand: its result
// for operands outside its range is replaced at the end.

// The bits of e^x for x in [-87, 88]; arbitrary bits for any other x.
static inline word exp_bits(real x, uint zero) {
    const real shifted = add(mul(x, as_float(0x3fb8aa3bu)), as_float(0x4b400000u)); // n is in its low bits
    const real n = sub(shifted, as_float(0x4b400000u));
    const real r = sub(sub(x, mul(n, as_float(0x3f318000u))), mul(n, as_float(0xb95e8083u)));
    real p = as_float(0x39506967u);
    p = add(mul(p, r), as_float(0x3ab743ceu));
    p = add(mul(p, r), as_float(0x3c088908u));
    p = add(mul(p, r), as_float(0x3d2aa9c1u));
    p = add(mul(p, r), as_float(0x3e2aaaaau));
    p = add(mul(p, r), as_float(0x3f000000u));
    const real y = add(add(mul(p, mul(r, r)), r), 1.0f);
    return as_word(y) + (as_word(shifted) << 23);
}

// The same, but 0 where e^x is below 2^-126 and for NaN.
static inline word exp_or_zero(real x, uint zero) {
    return x > -as_float(0x42aeac50u) ? exp_bits(x, zero) : 0u;
}

static inline real canonical_exp(real value, uint zero) {
    const word beyond = value >= as_float(0x42b17218u) ? CANONICAL_INFINITY : CANONICAL_NAN;
    return as_real(value < as_float(0x42b17218u) ? exp_or_zero(value, zero) : beyond);
}

// x = 2^exponent·(1+r) with sqrt(1/2) <= 1+r < sqrt(2); log(1+r) = r - half_square + cubic.
typedef struct {
    real exponent, r, half_square, cubic;
} logarithm_parts;

static inline logarithm_parts parts_of_logarithm(real value, uint zero) {
    const word i = as_word(value) - 0x3f3504f3u;
    const real r = sub(as_real((i & 0x007fffffu) + 0x3f3504f3u), 1.0f);
    const real z = mul(r, r);
    real p = as_float(0x3d9021bbu);
    p = add(mul(p, r), as_float(0xbdebd1b8u));
    p = add(mul(p, r), as_float(0x3def251au));
    p = add(mul(p, r), as_float(0xbdfe5d4fu));
    p = add(mul(p, r), as_float(0x3e11e9bfu));
    p = add(mul(p, r), as_float(0xbe2aae50u));
    p = add(mul(p, r), as_float(0x3e4cceacu));
    p = add(mul(p, r), as_float(0xbe7ffffcu));
    p = add(mul(p, r), as_float(0x3eaaaaaau));
    const logarithm_parts parts = {real_of(as_whole(i) >> 23), r, mul(0.5f, z), mul(mul(p, r), z)};
    return parts;
}

static inline real logarithm_result(real value, real y) {
    const word bits = as_word(value);
    const word beyond = bits == CANONICAL_INFINITY ? CANONICAL_INFINITY : CANONICAL_NAN;
    const word special = (bits & 0x7fffffffu) < 0x00800000u ? 0xff800000u : beyond;
    const whole usable = as_whole(bits) >= 0x00800000 && as_whole(bits) < 0x7f800000;
    return as_real(usable ? as_word(y) : special); // y is +0, or at least 2^-26 in magnitude
}

static inline real canonical_log(real value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const real t = sub(add(l.cubic, mul(l.exponent, as_float(0xb95e8083u))), l.half_square);
    return logarithm_result(value, add(add(l.r, t), mul(l.exponent, as_float(0x3f318000u))));
}

// log(1+r) times a constant high + low, plus `steps` (exact) and `rest` (its small remainder).
static inline real scaled_logarithm(logarithm_parts l, float high, float low, real steps, real rest, uint zero) {
    const real head = as_real(as_word(sub(l.r, l.half_square)) & 0xfffff000u);
    const real tail = add(sub(sub(l.r, head), l.half_square), l.cubic);
    const real a = mul(head, high);
    const real b = add(add(mul(add(tail, head), low), mul(tail, high)), rest);
    const real s = add(steps, a);
    return add(s, add(b, add(sub(steps, s), a)));
}

static inline real canonical_log2(real value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const real y = scaled_logarithm(l, as_float(0x3fb8a000u), as_float(0x39a3b296u), l.exponent, 0.0f, zero);
    return logarithm_result(value, y);
}

static inline real canonical_log10(real value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const real steps = mul(l.exponent, as_float(0x3e9a0000u));
    const real rest = mul(l.exponent, as_float(0x39826a14u));
    const real y = scaled_logarithm(l, as_float(0x3ede5000u), as_float(0x38bd8a93u), steps, rest, zero);
    return logarithm_result(value, y);
}

// The result of an odd function, from its result y for |value|.
static inline real odd_result(real value, real y) {
    const word bits = flushed_bits(value) == 0u ? 0u : as_word(y) | (as_word(value) & 0x80000000u);
    return as_real(value == value ? bits : CANONICAL_NAN);
}

static inline real canonical_tanh(real value, uint zero) {
    const real a = as_real(as_word(value) & 0x7fffffffu);
    const real t = a < as_float(0x41200000u) ? a : as_float(0x41200000u); // at most 10
    const real z = mul(t, t);
    real p = as_float(0xbbbaf0eau);
    p = add(mul(p, z), as_float(0x3ca9134eu));
    p = add(mul(p, z), as_float(0xbd5c1e2du));
    p = add(mul(p, z), as_float(0x3e088393u));
    p = add(mul(p, z), as_float(0xbeaaaa99u));
    const real small = add(mul(mul(p, z), t), t);
    const real e = as_real(exp_bits(mul(2.0f, t), zero));
    const real large = sub(1.0f, normal_quotient(2.0f, add(e, 1.0f), zero));
    return odd_result(value, a < as_float(0x3f200000u) ? small : large); // below 2^-14 `small` is a itself
}

static inline real canonical_erf(real value, uint zero) {
    const word magnitude = as_word(value) & 0x7fffffffu;
    const whole tiny = magnitude < 0x38800000u; // 2^-14
    const real a = as_real(magnitude < 0x00800000u ? 0u : least(magnitude, 0x40800000u)); // at most 4
    const real t = tiny ? 0.0f : a;
    const real s = mul(t, t);
    real p = as_float(0x38a7c72cu);
    p = add(mul(p, s), as_float(0xba530937u));
    p = add(mul(p, s), as_float(0x3baa2554u));
    p = add(mul(p, s), as_float(0xbcdc0090u));
    p = add(mul(p, s), as_float(0x3de716b2u));
    p = add(mul(p, s), as_float(0xbec093a0u));
    p = add(mul(p, s), as_float(0x3e0375d4u));
    const real b = mul(a, tiny ? as_float(0x4f800000u) : 1.0f);
    const real small = mul(add(mul(p, b), b), tiny ? as_float(0x2f800000u) : 1.0f);
    real q = as_float(0x395fbd5fu);
    q = add(mul(q, t), as_float(0xbb525d4eu));
    q = add(mul(q, t), as_float(0x3cbb61a2u));
    q = add(mul(q, t), as_float(0xbdd78628u));
    q = add(mul(q, t), as_float(0xbf22bfb6u));
    q = add(mul(q, t), as_float(0xbf9072f8u));
    const real large = sub(1.0f, as_real(exp_bits(mul(q, t), zero)));
    return odd_result(value, magnitude < 0x3f700000u ? small : large);
}
