// `dropout` for CPUs: a work-item takes RUN times sixteen elements, four blocks at a time in 64-bit lanes of which only
// the low words count: the product of two such lanes is one instruction. The values are those of `dropout`. Needs
// `rounding` and `philox`. There is no WGSL version, since an invocation is one vector lane there; `dropout` is used
// instead.
//
// buffers     x[words], y[words], one f32 or two f16 per word, in whole groups of four blocks
// parameters  fours: the number of groups of four blocks; zero: 0
// constants   those of `dropout`; RUN: groups of four blocks per work-item

#define LOW_WORDS(v) ((v) & 0xffffffffUL)

static inline uint8 scaled8(float8 x, uint8 words, uint zero) {
    const uint8 bits = as_uint8(mul(x, as_float(SCALE)));
    return words < (uint8)(THRESHOLD) || bits == 0x80000000u ? 0u : bits;
}

// `scaled_half` for eight halves.
static inline uint8 scaled_half8(uint8 half_bits, uint8 words, uint zero) {
    return canonical_half_bits(as_float8(scaled8(widened(half_bits), words, zero)), zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void dropout_runs(__global const uint *restrict x, __global uint *restrict y, const uint fours, const uint zero) {
    const uint start = get_global_id(0) * RUN;
    const uint end = min(start + RUN, fours);
    for (uint i = start; i < end; i++) {
        ulong4 c0 = (ulong4)(4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3);
        ulong4 c1 = 0, c2 = 0, c3 = 0;
        uint2 key = (uint2)(SEED, STREAM);
        #pragma unroll
        for (uint round = 0; round < 10; round++) {
            const ulong4 first = LOW_WORDS(c0) * (ulong)PHILOX_M0;
            const ulong4 second = LOW_WORDS(c2) * (ulong)PHILOX_M1;
            c0 = (second >> 32) ^ c1 ^ (ulong)key.x;
            c1 = second;
            c2 = (first >> 32) ^ c3 ^ (ulong)key.y;
            c3 = first;
            key += (uint2)(PHILOX_W0, PHILOX_W1);
        }
#if PER_WORD == 1
        const ulong4 left = LOW_WORDS(c0) | (c1 << 32);
        const ulong4 right = LOW_WORDS(c2) | (c3 << 32);
        const uint8 words0 = as_uint8((ulong4)(left.s0, right.s0, left.s1, right.s1));
        const uint8 words1 = as_uint8((ulong4)(left.s2, right.s2, left.s3, right.s3));
        vstore8(scaled8(as_float8(vload8(2 * i, x)), words0, zero), 2 * i, y);
        vstore8(scaled8(as_float8(vload8(2 * i + 1, x)), words1, zero), 2 * i + 1, y);
#else
        const uint8 pairs = vload8(i, x);
        const uint8 low = scaled_half8(pairs & 0xffffu, as_uint8(LOW_WORDS(c0) | (c2 << 32)), zero);
        const uint8 high = scaled_half8(pairs >> 16, as_uint8(LOW_WORDS(c1) | (c3 << 32)), zero);
        vstore8(low | (high << 16), i, y);
#endif
    }
}
