// A result that is rounded to f16. Needs `rounding`.
fn kept(y: f32) -> f32 { return canonical_half(y); }
