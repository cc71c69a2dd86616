// The elements of rows as invocations read and write them: binary16, two per word, the first in the low half. No
// element is subnormal. Needs `rounding`.

const EACH = 2u;  // elements per word

fn widened(half_bits: u32) -> f32 {
    let magnitude = half_bits & 0x7fffu;
    let bits = select((magnitude << 13u) + 0x38000000u, 0u, magnitude == 0u);
    return bitcast<f32>(((half_bits & 0x8000u) << 16u) | bits);
}

// Element i, from the bits of its word.
fn in_word(bits: u32, i: u32) -> f32 { return widened(bits >> (i % 2u * 16u)); }

fn element(i: u32) -> f32 { return in_word(x[i / 2u], i); }

// The word that holds `a`, or with two elements per word `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return canonical_half_bits(a) | (canonical_half_bits(b) << 16u); }
