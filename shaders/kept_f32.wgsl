// A result that stays f32.
fn kept(y: f32) -> f32 { return y; }
