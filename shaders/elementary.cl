// Elementary functions: the sequences of NUMERICS.md section 7, one operation one rounding. `zero` is the run-time
// zero. Needs the part `rounding`. Special operands are recognised by their bits and replaced before any float
// operation sees them; a division by zero, a NaN or a subnormal does not occur inside.

static inline float canonical_exp(float value, uint zero) {
    const uint sign = as_uint(value) & 0x80000000u;
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    const float x = as_float(sign | min(magnitude, sign ? 0x42d00000u : 0x42b20000u)); // [-104, 89]
    const float n = sub(add(mul(x, as_float(0x3fb8aa3bu)), as_float(0x4b400000u)), as_float(0x4b400000u));
    const float r = sub(sub(x, mul(n, as_float(0x3f318000u))), mul(n, as_float(0xb95e8083u)));
    float p = as_float(0x39506967u);
    p = add(mul(p, r), as_float(0x3ab743ceu));
    p = add(mul(p, r), as_float(0x3c088908u));
    p = add(mul(p, r), as_float(0x3d2aa9c1u));
    p = add(mul(p, r), as_float(0x3e2aaaaau));
    p = add(mul(p, r), as_float(0x3f000000u));
    const float y = add(add(mul(p, mul(r, r)), r), 1.0f);
    const int exponent = (as_int(y) >> 23) + (int)n;
    const uint scaled = as_uint(y) + ((uint)(int)n << 23);
    const uint bits = exponent < 1 ? 0u : exponent > 254 ? CANONICAL_INFINITY : scaled;
    return as_float(magnitude > CANONICAL_INFINITY ? CANONICAL_NAN : bits);
}

// x = 2^exponent·(1+r) with sqrt(1/2) <= 1+r < sqrt(2); log(1+r) = r - half_square + cubic.
typedef struct {
    float exponent, r, half_square, cubic;
} logarithm_parts;

static inline logarithm_parts parts_of_logarithm(float value, uint zero) {
    const uint bits = as_uint(value);
    const int i = (int)(bits >= 0x00800000u && bits < CANONICAL_INFINITY ? bits : 0x3f800000u) - 0x3f3504f3;
    const float r = sub(as_float((i & 0x007fffff) + 0x3f3504f3), 1.0f);
    const float z = mul(r, r);
    float p = as_float(0x3d9021bbu);
    p = add(mul(p, r), as_float(0xbdebd1b8u));
    p = add(mul(p, r), as_float(0x3def251au));
    p = add(mul(p, r), as_float(0xbdfe5d4fu));
    p = add(mul(p, r), as_float(0x3e11e9bfu));
    p = add(mul(p, r), as_float(0xbe2aae50u));
    p = add(mul(p, r), as_float(0x3e4cceacu));
    p = add(mul(p, r), as_float(0xbe7ffffcu));
    p = add(mul(p, r), as_float(0x3eaaaaaau));
    const logarithm_parts parts = {(float)(i >> 23), r, mul(0.5f, z), mul(mul(p, r), z)};
    return parts;
}

static inline float logarithm_result(float value, float y) {
    const uint bits = as_uint(value);
    const uint ordinary = bits == CANONICAL_INFINITY ? CANONICAL_INFINITY : flushed_bits(y);
    const uint result = bits > CANONICAL_INFINITY ? CANONICAL_NAN : ordinary;
    return as_float((bits & 0x7fffffffu) < 0x00800000u ? 0xff800000u : result);
}

static inline float canonical_log(float value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const float t = sub(add(l.cubic, mul(l.exponent, as_float(0xb95e8083u))), l.half_square);
    return logarithm_result(value, add(add(l.r, t), mul(l.exponent, as_float(0x3f318000u))));
}

// log(1+r) times a constant high + low, plus `whole` (exact) and `rest` (its small remainder).
static inline float scaled_logarithm(logarithm_parts l, uint high, uint low, float whole, float rest, uint zero) {
    const float head = as_float(as_uint(sub(l.r, l.half_square)) & 0xfffff000u);
    const float tail = add(sub(sub(l.r, head), l.half_square), l.cubic);
    const float a = mul(head, as_float(high));
    const float b = add(add(mul(add(tail, head), as_float(low)), mul(tail, as_float(high))), rest);
    const float s = add(whole, a);
    return add(s, add(b, add(sub(whole, s), a)));
}

static inline float canonical_log2(float value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    return logarithm_result(value, scaled_logarithm(l, 0x3fb8a000u, 0x39a3b296u, l.exponent, 0.0f, zero));
}

static inline float canonical_log10(float value, uint zero) {
    const logarithm_parts l = parts_of_logarithm(value, zero);
    const float whole = mul(l.exponent, as_float(0x3e9a0000u));
    const float rest = mul(l.exponent, as_float(0x39826a14u));
    return logarithm_result(value, scaled_logarithm(l, 0x3ede5000u, 0x38bd8a93u, whole, rest, zero));
}

// The result of an odd function: y is that of |value|.
static inline float odd_result(float value, float y) {
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    const uint bits = magnitude < 0x00800000u ? 0u : as_uint(y) | (as_uint(value) & 0x80000000u);
    return as_float(magnitude > CANONICAL_INFINITY ? CANONICAL_NAN : bits);
}

static inline float canonical_tanh(float value, uint zero) {
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    const float a = as_float(min(magnitude, 0x41200000u)); // at most 10
    const float t = magnitude < 0x38800000u ? 0.0f : a;    // 0 below 2^-14
    const float z = mul(t, t);
    float p = as_float(0xbbbaf0eau);
    p = add(mul(p, z), as_float(0x3ca9134eu));
    p = add(mul(p, z), as_float(0xbd5c1e2du));
    p = add(mul(p, z), as_float(0x3e088393u));
    p = add(mul(p, z), as_float(0xbeaaaa99u));
    const float small = add(mul(mul(p, z), t), t);
    const float large = sub(1.0f, canonical_divide(2.0f, add(canonical_exp(mul(2.0f, t), zero), 1.0f), zero));
    const float y = magnitude < 0x3f200000u ? small : large;
    return odd_result(value, magnitude < 0x38800000u ? a : y);
}

static inline float canonical_erf(float value, uint zero) {
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    const int tiny = magnitude < 0x38800000u; // 2^-14
    const float a = as_float(magnitude < 0x00800000u ? 0u : min(magnitude, 0x40800000u)); // at most 4
    const float t = tiny ? 0.0f : a;
    const float s = mul(t, t);
    float p = as_float(0x38a7c72cu);
    p = add(mul(p, s), as_float(0xba530937u));
    p = add(mul(p, s), as_float(0x3baa2554u));
    p = add(mul(p, s), as_float(0xbcdc0090u));
    p = add(mul(p, s), as_float(0x3de716b2u));
    p = add(mul(p, s), as_float(0xbec093a0u));
    p = add(mul(p, s), as_float(0x3e0375d4u));
    const float b = mul(a, tiny ? as_float(0x4f800000u) : 1.0f);
    const float small = mul(add(mul(p, b), b), tiny ? as_float(0x2f800000u) : 1.0f);
    float q = as_float(0x395fbd5fu);
    q = add(mul(q, t), as_float(0xbb525d4eu));
    q = add(mul(q, t), as_float(0x3cbb61a2u));
    q = add(mul(q, t), as_float(0xbdd78628u));
    q = add(mul(q, t), as_float(0xbf22bfb6u));
    q = add(mul(q, t), as_float(0xbf9072f8u));
    const float large = sub(1.0f, canonical_exp(mul(q, t), zero));
    return odd_result(value, magnitude < 0x3f700000u ? small : large);
}
