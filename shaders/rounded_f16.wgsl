// The next layer's input, or a layer's final result: the sum itself, rounded to f16. Needs `rounding`.
fn activated(sum: f32) -> f32 { return canonical_half(sum); }
