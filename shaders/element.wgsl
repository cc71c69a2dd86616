// An element of an operand as it is stored: an f32 a word, or where HALF is 1 an f16, two a word, the first lower.

// Where the word lies that has it.
fn word_at(index: u32) -> u32 { return index >> HALF; }

fn element(word: u32, index: u32) -> f32 {
    if (HALF == 0u) { return bitcast<f32>(word); }
    let half_bits = (word >> (index % 2u * 16u)) & 0xffffu;
    let widened = ((half_bits & 0x8000u) << 16u) | (((half_bits & 0x7fffu) << 13u) + 0x38000000u);
    return bitcast<f32>(select(widened, 0u, (half_bits & 0x7fffu) == 0u)); // subnormal halves do not occur
}
