// Elements as they are stored: one per word. Needs `logit`.

const EACH = 1u;  // elements per word

// Element i, from the bits of its word.
fn in_word(bits: u32, i: u32) -> f32 { return logit(bits); }

// The word that holds `a`, or with two elements per word `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return bitcast<u32>(a); }
