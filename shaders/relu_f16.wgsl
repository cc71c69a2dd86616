// The next layer's input, or a layer's final result: relu, rounded to f16. Needs `rounding`.
fn activated(sum: f32) -> f32 { return canonical_half(select(0.0, sum, sum > 0.0)); }
