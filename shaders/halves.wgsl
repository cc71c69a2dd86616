// The elements of rows as work-items take and give them: binary16, two a word, the first in the low half. No element is
// subnormal. Needs `rounding`.

const EACH = 2u;  // elements a word

fn widened(half_bits: u32) -> f32 {
    let magnitude = half_bits & 0x7fffu;
    let bits = select((magnitude << 13u) + 0x38000000u, 0u, magnitude == 0u);
    return bitcast<f32>(((half_bits & 0x8000u) << 16u) | bits);
}

// Of a word, its element i.
fn in_word(bits: u32, i: u32) -> f32 { return widened(bits >> (i % 2u * 16u)); }

fn element(i: u32) -> f32 { return in_word(x[i / 2u], i); }

// The word of `a`; with two elements a word, of `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return canonical_half_bits(a) | (canonical_half_bits(b) << 16u); }
