// Activation functions, composed of the elementary ones (NUMERICS.md section 7). Needs `rounding` and `elementary`.

static inline float canonical_relu(float value, uint zero) {
    const uint bits = as_uint(value);
    return as_float(bits <= CANONICAL_INFINITY ? bits : 0u); // negatives and NaNs are above
}

static inline float canonical_sigmoid(float value, uint zero) {
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    const float e = canonical_exp(as_float(min(magnitude, CANONICAL_INFINITY) | 0x80000000u), zero);
    const float y = canonical_divide(as_int(value) < 0 ? e : 1.0f, add(1.0f, e), zero);
    return as_float(magnitude > CANONICAL_INFINITY ? CANONICAL_NAN : as_uint(y));
}

// What a gate is computed of: from 2^-125 to 104 in magnitude, +0 elsewhere.
static inline float inside(float value) {
    const uint magnitude = as_uint(value) & 0x7fffffffu;
    return as_float(magnitude >= 0x01000000u && magnitude < 0x42d00000u ? as_uint(value) : 0u);
}

// value·gate; from 104 in magnitude the value itself, or +0 where it is negative.
static inline float gated(float value, float gate, uint zero) {
    const uint bits = as_uint(value);
    const uint product = flushed_bits(mul(inside(value), gate));
    const uint result = bits >= 0x42d00000u && bits <= CANONICAL_INFINITY ? bits : product;
    return as_float((bits & 0x7fffffffu) > CANONICAL_INFINITY ? CANONICAL_NAN : result);
}

static inline float canonical_swish(float value, uint zero) {
    return gated(value, canonical_sigmoid(inside(value), zero), zero);
}

static inline float canonical_gelu(float value, uint zero) {
    const float one_more = add(1.0f, canonical_erf(mul(inside(value), as_float(0x3f3504f3u)), zero));
    return gated(value, mul(one_more, 0.5f), zero);
}

static inline float canonical_gelu_tanh(float value, uint zero) {
    const float t = inside(value);
    const float cubic = add(mul(mul(t, t), as_float(0x3d372713u)), 1.0f);
    const float v = mul(mul(t, as_float(0x3fcc422au)), cubic);
    return gated(value, canonical_sigmoid(v, zero), zero); // (1+tanh(u))/2 = sigmoid(2u)
}
