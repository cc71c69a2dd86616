// The operations after a canonical dot: a bias, an activation, or the derivative of one; then rounding, and +0 for -0.
// Needs `kept_f32` or `kept_f16`.

const PLAIN = 0u;
const BIAS = 1u;   // all kinds from here to LEAKY add the bias
const RELU = 2u;
const LEAKY = 3u;
const SLOPE = 4u;  // multiplies by the derivative of the leaky relu whose result is the extra operand

// x·0.01; +0 if x is below 2^-100 in magnitude, so that no product is subnormal.
fn leaked(x: f32) -> f32 {
    let leaking = (bitcast<u32>(x) & 0x7fffffffu) >= 0x0d800000u;
    return bitcast<f32>(select(0u, bitcast<u32>(mul(x, bitcast<f32>(0x3c23d70au))), leaking));
}

// `least`: the bits of the least magnitude that does not become +0; at least 1.
fn epilogue(sum: f32, extra: f32, kind: u32, least: u32) -> f32 {
    var y = sum;
    if (kind >= BIAS && kind <= LEAKY) { y = add(sum, extra); }
    if (kind == RELU && bitcast<i32>(y) <= 0) { y = 0.0; }
    if (kind == LEAKY && bitcast<i32>(y) <= 0) { y = leaked(y); }
    if (kind == SLOPE && bitcast<i32>(extra) <= 0) { y = leaked(y); }
    let bits = bitcast<u32>(kept(y));
    return bitcast<f32>(select(bits, 0u, (bits & 0x7fffffffu) < least));
}
