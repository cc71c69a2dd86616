// y[i] = x[i]·scale if word i of a Philox stream is at least THRESHOLD, else +0; an invocation computes a block of four
// elements. Needs `rounding` and `philox`.
//
// buffers     x[words], y[words], one f32 or two f16 per word, in whole blocks
// parameters  blocks; zero: 0
// constants   GROUP: invocations per work-group; PER_WORD: 1 for f32, 2 for f16; SEED, STREAM: the key; THRESHOLD:
//             floor(rate·2^32); SCALE: the bits of fl(1/(1-rate))

struct Parameters { blocks: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn scaled(v: f32, word: u32) -> u32 {
    let bits = bitcast<u32>(mul(v, bitcast<f32>(SCALE)));
    return select(bits, 0u, word < THRESHOLD || bits == 0x80000000u);
}

// The same for the bits of a half.
fn scaled_half(half_bits: u32, word: u32) -> u32 {
    return canonical_half_bits(bitcast<f32>(scaled(widened(half_bits), word)));
}

@compute @workgroup_size(GROUP)
fn dropout(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) item: u32) {
    let block = linear_group(group, groups) * GROUP + item;
    if (block >= parameters.blocks) { return; }
    let words = philox(vec4<u32>(block, 0u, 0u, 0u), vec2<u32>(SEED, STREAM));
    if (PER_WORD == 1u) {
        for (var i = 0u; i < 4u; i++) { y[4u * block + i] = scaled(bitcast<f32>(x[4u * block + i]), words[i]); }
    } else {
        for (var i = 0u; i < 2u; i++) {
            let pair = x[2u * block + i];
            let low = scaled_half(pair & 0xffffu, words[2u * i]);
            y[2u * block + i] = low | (scaled_half(pair >> 16u, words[2u * i + 1u]) << 16u);
        }
    }
}
