// Activation functions, composed of the elementary ones (NUMERICS.md section 7). Needs `rounding` and `elementary`.

static inline real canonical_relu(real value, uint zero) {
    const word bits = as_word(value);
    return as_real(bits <= CANONICAL_INFINITY ? bits : 0u); // negative numbers and NaN have larger bits
}

static inline real canonical_leaky_relu(real value, uint zero) {
    const word magnitude = as_word(value) & 0x7fffffffu;
    const word leaked = magnitude < 0x0d800000u ? 0u : as_word(mul(value, as_float(0x3c23d70au))); // +0 below 2^-100
    const word result = as_whole(value) < 0 ? leaked : flushed_bits(value);
    return as_real(value == value ? result : CANONICAL_NAN);
}

static inline real canonical_elu(real value, uint zero) {
    const real below = sub(as_real(exp_or_zero(value, zero)), 1.0f);
    const word result = as_whole(value) < 0 ? as_word(below) : flushed_bits(value);
    return as_real(value == value ? result : CANONICAL_NAN);
}

static inline real canonical_sigmoid(real value, uint zero) {
    const real e = as_real(exp_or_zero(as_real(as_word(value) | 0x80000000u), zero));
    const real y = normal_quotient(as_whole(value) < 0 ? e : 1.0f, add(1.0f, e), zero);
    return as_real(value == value ? as_word(y) : CANONICAL_NAN);
}

// The operand of a gate: `value` from 2^-125 to 104 in magnitude, else +0.
static inline real inside(real value) {
    const real magnitude = as_real(as_word(value) & 0x7fffffffu);
    const whole gates = magnitude >= as_float(0x01000000u) && magnitude < as_float(0x42d00000u);
    return as_real(gates ? as_word(value) : 0u);
}

// value·gate; from 104 in magnitude on `value` itself, or +0 if it is negative.
static inline real gated(real value, real gate, uint zero) {
    const word product = flushed_bits(mul(inside(value), gate));
    const word result = value >= as_float(0x42d00000u) ? as_word(value) : product;
    return as_real(value == value ? result : CANONICAL_NAN);
}

static inline real canonical_swish(real value, uint zero) {
    return gated(value, canonical_sigmoid(inside(value), zero), zero);
}

static inline real canonical_gelu(real value, uint zero) {
    const real one_more = add(1.0f, canonical_erf(mul(inside(value), as_float(0x3f3504f3u)), zero));
    return gated(value, mul(one_more, 0.5f), zero);
}

static inline real canonical_gelu_tanh(real value, uint zero) {
    const real t = inside(value);
    const real cubic = add(mul(mul(t, t), as_float(0x3d372713u)), 1.0f);
    const real v = mul(mul(t, as_float(0x3fcc422au)), cubic);
    return gated(value, canonical_sigmoid(v, zero), zero); // (1+tanh(u))/2 = sigmoid(2u)
}
