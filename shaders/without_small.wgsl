// x, with +0 for magnitudes below 2^-100 and for -0 (NUMERICS.md section 18); NaN and infinities stay.
fn without_small(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    return bitcast<f32>(select(bits, 0u, (bits & 0x7fffffffu) < 0x0d800000u));
}
