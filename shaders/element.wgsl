// An element of an operand as it is stored: one f32 per word, or two f16 per word if HALF is 1, the first in the low
// half. Needs `rounding`.

// The index of the word that holds the element.
fn word_at(index: u32) -> u32 { return index >> HALF; }

fn element(word: u32, index: u32) -> f32 {
    if (HALF == 0u) { return bitcast<f32>(word); }
    return widened(word >> (index % 2u * 16u));
}
