// Elements as they are stored: binary16, two per word, the first in the low half. Needs `rounding`.

const EACH = 2u;  // elements per word

// Element i, from the bits of its word.
fn in_word(bits: u32, i: u32) -> f32 { return widened(bits >> (i % 2u * 16u)); }

// The word that holds `a`, or with two elements per word `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return canonical_half_bits(a) | (canonical_half_bits(b) << 16u); }
