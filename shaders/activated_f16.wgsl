// The next layer's input: relu, rounded to f16, times 2^112. Needs `rounding`.
fn activated(sum: f32) -> f32 { return canonical_half(select(0.0, sum, sum > 0.0)) * bitcast<f32>(0x77800000u); }
