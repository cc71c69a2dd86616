// An element of an operand as it is stored: one f32 per word, or two f16 per word if HALF is 1, the first in the low
// half.

// The index of the word that holds the element.
fn word_at(index: u32) -> u32 { return index >> HALF; }

fn element(word: u32, index: u32) -> f32 {
    if (HALF == 0u) { return bitcast<f32>(word); }
    let half_bits = (word >> (index % 2u * 16u)) & 0xffffu;
    let widened = ((half_bits & 0x8000u) << 16u) | (((half_bits & 0x7fffu) << 13u) + 0x38000000u);
    return bitcast<f32>(select(widened, 0u, (half_bits & 0x7fffu) == 0u)); // subnormal halves do not occur
}
