// A logit as an operand of softmax, from its bit pattern.
//
// constants   INTEGER: 1 if logits are i32 that stand for themselves times 2^-13, else 0

fn logit(bits: u32) -> f32 {
    if (INTEGER == 0u) { return bitcast<f32>(bits); }
    // Both halves are exact, so that only the addition rounds: to nearest, ties to even.
    let i = bitcast<i32>(bits);
    return mul(add(f32(i >> 12u) * 4096.0, f32(i & 4095)), 0.0001220703125);
}
