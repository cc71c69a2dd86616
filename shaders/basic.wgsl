// Functions of at most three rounded operations (NUMERICS.md section 11), for operands and results that are not
// subnormal.

// y, or +0 if y is -0.
fn positive_zero(y: f32) -> f32 {
    let bits = bitcast<u32>(y);
    return bitcast<f32>(select(bits, 0u, bits == 0x80000000u));
}

fn canonical_absolute(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

fn canonical_neg(x: f32) -> f32 {
    return positive_zero(bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u));
}

fn canonical_scale(x: f32) -> f32 {
    return positive_zero(mul(x, 2.5));
}

fn canonical_pow2(x: f32) -> f32 {
    return mul(x, x);
}

fn canonical_clamp(x: f32) -> f32 {
    let at_most = select(1.0, x, x < 1.0);
    return positive_zero(select(-1.0, at_most, at_most > -1.0));
}

fn canonical_add(a: f32, b: f32) -> f32 {
    return positive_zero(add(a, b));
}

fn canonical_sub(a: f32, b: f32) -> f32 {
    return positive_zero(sub(a, b));
}

fn canonical_mul(a: f32, b: f32) -> f32 {
    return positive_zero(mul(a, b));
}

fn canonical_lerp(a: f32, b: f32) -> f32 {
    return positive_zero(add(a, mul(bitcast<f32>(0x3e99999au), sub(b, a))));
}

fn canonical_fma(a: f32, b: f32, c: f32) -> f32 {
    return positive_zero(add(mul(a, b), c));
}
