// What a matrix product of f16 is made of, two elements a word, the first lower, of the exact tier. Needs `rounding`.
//
// A half's bits, moved to where f32 has them, are its value times 2^-112, a normal f32 (subnormal halves do not occur).
// The products are exact, so fusing them into the add is harmless.

const PER_WORD: u32 = 2u;

fn plus_product(sum: f32, a: f32, b: f32) -> f32 { return settled(sum + a * b); }

fn plus_product4(sum: vec4<f32>, a: f32, b: vec4<f32>) -> vec4<f32> { return settled4(sum + a * b); }

fn element(word: u32, index: u32) -> f32 {
    let bits = bitcast<i32>(word << (16u - 16u * (index % 2u)));
    return bitcast<f32>(bitcast<u32>(bits >> 3u) & 0x8fffe000u) * bitcast<f32>(0x77800000u);
}

fn stored(sum: f32) -> f32 { return canonical_half(sum); }
