// The elements of softmax and of its logarithm: the sequences of NUMERICS.md section 3. Needs `elementary`.

const PROBABILITY = 0u;
const LOGARITHM = 1u;

// The operand that a whole row shares, from the sum of its exponentials.
fn normaliser(kind: u32, sum: f32) -> f32 {
    if (kind == LOGARITHM) { return canonical_log(sum); }
    return sum;
}

fn normalised(kind: u32, x: f32, most: f32, normaliser: f32) -> f32 {
    let difference = sub(x, most);
    if (kind == LOGARITHM) { return bitcast<f32>(flushed_bits(sub(difference, normaliser))); }
    return canonical_divide(canonical_exp(difference), normaliser);
}
