// Activation functions, composed of the elementary ones (NUMERICS.md section 7). Needs `rounding` and `elementary`.

fn canonical_relu(value: f32) -> f32 {
    let bits = bitcast<u32>(value);
    return float_of(select(0u, bits, bits <= CANONICAL_INFINITY)); // negative numbers and NaN have larger bits
}

fn canonical_leaky_relu(value: f32) -> f32 {
    let bits = bitcast<u32>(value);
    let magnitude = bits & 0x7fffffffu;
    let leaking = magnitude >= 0x0d800000u && magnitude < CANONICAL_INFINITY; // +0 below 2^-100
    let leaked = bitcast<u32>(mul(bitcast<f32>(select(0u, bits, leaking)), bitcast<f32>(0x3c23d70au)));
    let infinite = select(leaked, bits, magnitude == CANONICAL_INFINITY);
    let result = select(flushed_bits(value), infinite, bits > 0x7fffffffu);
    return float_of(select(result, CANONICAL_NAN, magnitude > CANONICAL_INFINITY));
}

fn canonical_elu(value: f32) -> f32 {
    let bits = bitcast<u32>(value);
    let magnitude = bits & 0x7fffffffu;
    let below = sub(canonical_exp(float_of(min(magnitude, CANONICAL_INFINITY) | 0x80000000u)), 1.0);
    let result = select(flushed_bits(value), bitcast<u32>(below), bits > 0x7fffffffu);
    return float_of(select(result, CANONICAL_NAN, magnitude > CANONICAL_INFINITY));
}

fn canonical_sigmoid(value: f32) -> f32 {
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    let e = canonical_exp(float_of(min(magnitude, CANONICAL_INFINITY) | 0x80000000u));
    let y = canonical_divide(select(1.0, e, bitcast<i32>(value) < 0), add(1.0, e));
    return float_of(select(bitcast<u32>(y), CANONICAL_NAN, magnitude > CANONICAL_INFINITY));
}

// The operand of a gate: `value` from 2^-125 to 104 in magnitude, else +0.
fn inside(value: f32) -> f32 {
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    return bitcast<f32>(select(0u, bitcast<u32>(value), magnitude >= 0x01000000u && magnitude < 0x42d00000u));
}

// value·gate; from 104 in magnitude on `value` itself, or +0 if it is negative.
fn gated(value: f32, gate: f32) -> f32 {
    let bits = bitcast<u32>(value);
    let product = flushed_bits(mul(inside(value), gate));
    let result = select(product, bits, bits >= 0x42d00000u && bits <= CANONICAL_INFINITY);
    return float_of(select(result, CANONICAL_NAN, (bits & 0x7fffffffu) > CANONICAL_INFINITY));
}

fn canonical_swish(value: f32) -> f32 {
    return gated(value, canonical_sigmoid(inside(value)));
}

fn canonical_gelu(value: f32) -> f32 {
    let one_more = add(1.0, canonical_erf(mul(inside(value), bitcast<f32>(0x3f3504f3u))));
    return gated(value, mul(one_more, 0.5));
}

fn canonical_gelu_tanh(value: f32) -> f32 {
    let t = inside(value);
    let cubic = add(mul(mul(t, t), bitcast<f32>(0x3d372713u)), 1.0);
    let v = mul(mul(t, bitcast<f32>(0x3fcc422au)), cubic);
    return gated(value, canonical_sigmoid(v)); // (1+tanh(u))/2 = sigmoid(2u)
}
