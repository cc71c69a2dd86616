// y[i] = x[i]·scale if word i of a Philox stream is at least THRESHOLD, else +0; a work-item computes a block of four
// elements. Needs `rounding` and `philox`.
//
// buffers     x[words], y[words], one f32 or two f16 per word, in whole blocks
// parameters  blocks; zero: 0
// constants   GROUP: work-items per work-group; PER_WORD: 1 for f32, 2 for f16; SEED, STREAM: the key; THRESHOLD:
//             floor(rate·2^32); SCALE: the bits of fl(1/(1-rate))

static inline uint scaled(float x, uint word, uint zero) {
    const uint bits = as_uint(mul(x, as_float(SCALE)));
    return word < THRESHOLD || bits == 0x80000000u ? 0u : bits;
}

// The same for the bits of a half.
static inline uint scaled_half(uint half_bits, uint word, uint zero) {
    return canonical_half_bits(as_float(scaled(widened(half_bits), word, zero)), zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void dropout(__global const uint *restrict x, __global uint *restrict y, const uint blocks, const uint zero) {
    const uint block = get_global_id(0);
    if (block >= blocks) return;
    const uint4 words = philox((uint4)(block, 0, 0, 0), (uint2)(SEED, STREAM));
#if PER_WORD == 1
    const float4 elements = as_float4(vload4(block, x));
    vstore4((uint4)(scaled(elements.s0, words.s0, zero), scaled(elements.s1, words.s1, zero),
                    scaled(elements.s2, words.s2, zero), scaled(elements.s3, words.s3, zero)), block, y);
#else
    const uint2 pairs = vload2(block, x);
    const uint2 low = pairs & 0xffffu;
    const uint2 high = pairs >> 16;
    vstore2((uint2)(scaled_half(low.s0, words.s0, zero) | (scaled_half(high.s0, words.s1, zero) << 16),
                    scaled_half(low.s1, words.s2, zero) | (scaled_half(high.s1, words.s3, zero) << 16)), block, y);
#endif
}
