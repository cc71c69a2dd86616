// Elementary functions: the sequences of NUMERICS.md section 7, one operation one rounding. `zero` is the run-time
// zero. Needs the part `rounding`. Special operands are recognised by their bits and replaced before any float
// operation sees them; a division by zero, a NaN or a subnormal does not occur inside.

static inline real canonical_exp(real value, uint zero) {
    const word sign = as_word(value) & 0x80000000u;
    const word magnitude = as_word(value) & 0x7fffffffu;
    const real x = as_real(sign | least(magnitude, sign ? 0x42d00000u : 0x42b20000u)); // [-104, 89]
    const real n = sub(add(mul(x, as_float(0x3fb8aa3bu)), as_float(0x4b400000u)), as_float(0x4b400000u));
    const real r = sub(sub(x, mul(n, as_float(0x3f318000u))), mul(n, as_float(0xb95e8083u)));
    real p = as_float(0x39506967u);
    p = add(mul(p, r), as_float(0x3ab743ceu));
    p = add(mul(p, r), as_float(0x3c088908u));
    p = add(mul(p, r), as_float(0x3d2aa9c1u));
    p = add(mul(p, r), as_float(0x3e2aaaaau));
    p = add(mul(p, r), as_float(0x3f000000u));
    const real y = add(add(mul(p, mul(r, r)), r), 1.0f);
    const whole exponent = (as_whole(y) >> 23) + whole_of(n);
    const word scaled = as_word(y) + (word_of(n) << 23);
    const word bits = exponent < 1 ? 0u : exponent > 254 ? CANONICAL_INFINITY : scaled;
    return as_real(magnitude > CANONICAL_INFINITY ? CANONICAL_NAN : bits);
}

// x = 2^exponent·(1+r) with sqrt(1/2) <= 1+r < sqrt(2); log(1+r) = r - half_square + cubic.
typedef struct {
    real exponent, r, half_square, cubic;
} logarithm_parts;

static inline logarithm_parts parts_of_logarithm(real value, uint zero) {
    const word bits = as_word(value);
    const whole i = as_whole(bits >= 0x00800000u && bits < CANONICAL_INFINITY ? bits : 0x3f800000u) - 0x3f3504f3;
    const real r = sub(as_real((i & 0x007fffff) + 0x3f3504f3), 1.0f);
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
    const logarithm_parts parts = {real_of(i >> 23), r, mul(0.5f, z), mul(mul(p, r), z)};
    return parts;
}

static inline real logarithm_result(real value, real y) {
    const word bits = as_word(value);
    const word ordinary = bits == CANONICAL_INFINITY ? CANONICAL_INFINITY : flushed_bits(y);
    const word result = bits > CANONICAL_INFINITY ? CANONICAL_NAN : ordinary;
    return as_real((bits & 0x7fffffffu) < 0x00800000u ? 0xff800000u : result);
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
    return logarithm_result(value, scaled_logarithm(l, as_float(0x3fb8a000u), as_float(0x39a3b296u), l.exponent, 0.0f, zero));
}

static inline real canonical_log10(real value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const real steps = mul(l.exponent, as_float(0x3e9a0000u));
    const real rest = mul(l.exponent, as_float(0x39826a14u));
    return logarithm_result(value, scaled_logarithm(l, as_float(0x3ede5000u), as_float(0x38bd8a93u), steps, rest, zero));
}

// The result of an odd function: y is that of |value|.
static inline real odd_result(real value, real y) {
    const word magnitude = as_word(value) & 0x7fffffffu;
    const word bits = magnitude < 0x00800000u ? 0u : as_word(y) | (as_word(value) & 0x80000000u);
    return as_real(magnitude > CANONICAL_INFINITY ? CANONICAL_NAN : bits);
}

static inline real canonical_tanh(real value, uint zero) {
    const word magnitude = as_word(value) & 0x7fffffffu;
    const real a = as_real(least(magnitude, 0x41200000u)); // at most 10
    const real t = magnitude < 0x38800000u ? 0.0f : a;    // 0 below 2^-14
    const real z = mul(t, t);
    real p = as_float(0xbbbaf0eau);
    p = add(mul(p, z), as_float(0x3ca9134eu));
    p = add(mul(p, z), as_float(0xbd5c1e2du));
    p = add(mul(p, z), as_float(0x3e088393u));
    p = add(mul(p, z), as_float(0xbeaaaa99u));
    const real small = add(mul(mul(p, z), t), t);
    const real large = sub(1.0f, canonical_divide(2.0f, add(canonical_exp(mul(2.0f, t), zero), 1.0f), zero));
    const real y = magnitude < 0x3f200000u ? small : large;
    return odd_result(value, magnitude < 0x38800000u ? a : y);
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
    const real large = sub(1.0f, canonical_exp(mul(q, t), zero));
    return odd_result(value, magnitude < 0x3f700000u ? small : large);
}
