// A logit as softmax takes it, from its bit pattern.
//
// constants   INTEGER: 1 where logits are i32 that stand for themselves times 2^-13, otherwise 0

fn logit(bits: u32) -> f32 {
    if (INTEGER == 0u) { return bitcast<f32>(bits); }
    // Both halves are exact, so that the one rounding of the conversion is the add's: to nearest, ties to even.
    let i = bitcast<i32>(bits);
    return mul(add(f32(i >> 12u) * 4096.0, f32(i & 4095)), 0.0001220703125);
}
