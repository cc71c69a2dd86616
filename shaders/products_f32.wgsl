// What a matrix product of f32 is made of, one element a word, of the guarded tier.

const PER_WORD: u32 = 1u;

fn element(word: u32, index: u32) -> f32 { return bitcast<f32>(word); }

fn plus_product(sum: f32, a: f32, b: f32) -> f32 { return settled(sum + guarded(a * b)); }

fn plus_product4(sum: vec4<f32>, a: f32, b: vec4<f32>) -> vec4<f32> { return settled4(sum + guarded4(a * b)); }

fn stored(sum: f32) -> f32 { return select(sum, 0.0, bitcast<u32>(sum) == 0x80000000u); }
