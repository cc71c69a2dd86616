// The dot of f16 weights, two per word, and activations rounded to f16, of the exact tier. Products are exact, so
// fusing them into the addition changes nothing. Needs `rounding`.
#pragma OPENCL FP_CONTRACT ON

#define TAKE(n) a##n = settled8(widened8(w[n]) * v[n] + a##n)

static inline float block_dot(__global const uint *words, __global const float *x, uint n, uint zero) {
    __global const short8 *w = (__global const short8 *)words;
    __global const float8 *v = (__global const float8 *)x;
    float8 a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0;
    for (uint i = n / 32; i > 0; --i, w += 8, v += 8) {
        TAKE(0); TAKE(1); TAKE(2); TAKE(3); TAKE(4); TAKE(5); TAKE(6); TAKE(7);
    }
    if (n % 32 > 0) { TAKE(0); TAKE(1); TAKE(2); TAKE(3); }  // 16 words
    return tree(a0, a1, a2, a3, a4, a5, a6, a7, zero);
}

// The share of work-item `item` of sixteen: lanes 4·item to 4·item + 3 of `n` words.
static inline float4 item_dot(__global const uint *words, __global const float *x, uint n, uint item, uint zero) {
    __global const short4 *w = (__global const short4 *)words;
    __global const float4 *v = (__global const float4 *)x;
    float4 acc = 0;
    for (uint i = item; i < n / 2; i += 16) acc = settled4(widened8((short8)(w[i], w[i])).lo * v[i] + acc);
    return acc;
}
#pragma OPENCL FP_CONTRACT OFF
