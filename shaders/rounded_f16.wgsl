// The sum itself as the next layer's input, or the last result: rounded to f16. Needs `rounding`.
fn activated(sum: f32) -> f32 { return canonical_half(sum); }
