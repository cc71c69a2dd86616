// The dot of f32 weights, one per word, and f32 activations, of the guarded tier.

#define TAKE(n) a##n = settled8(a##n + guarded8(w[n] * v[n]))

static inline float block_dot(__global const uint *words, __global const float *x, uint n, uint zero) {
    __global const float8 *w = (__global const float8 *)words, *v = (__global const float8 *)x;
    float8 a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0;
    for (uint i = n / 64; i > 0; --i, w += 8, v += 8) {
        TAKE(0); TAKE(1); TAKE(2); TAKE(3); TAKE(4); TAKE(5); TAKE(6); TAKE(7);
    }
    const uint rest = n % 64;  // a multiple of 16
    if (rest > 0) { TAKE(0); TAKE(1); }
    if (rest > 16) { TAKE(2); TAKE(3); }
    if (rest > 32) { TAKE(4); TAKE(5); }
    return tree(a0, a1, a2, a3, a4, a5, a6, a7, zero);
}

// The share of work-item `item` of sixteen: lanes 4·item to 4·item + 3 of `n` words.
static inline float4 item_dot(__global const uint *words, __global const float *x, uint n, uint item, uint zero) {
    __global const float4 *w = (__global const float4 *)words, *v = (__global const float4 *)x;
    float4 acc = 0;
    for (uint i = item; i < n / 4; i += 16) acc = settled4(acc + guarded4(w[i] * v[i]));
    return acc;
}

// The next layer's input.
static inline float activated(float sum, uint activation, uint zero) { return sum > 0.0f ? sum : 0.0f; }
