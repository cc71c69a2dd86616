// The dot of f16 weights, two per word, and activations rounded to f16, of the exact tier.
//
// Of 64 words, the low halves are 64 elements and the high halves the next 64. A half's bits, moved to their places in
// an f32, are its value times 2^-112, a normal f32 (subnormal halves do not occur); so the activations are stored times
// 2^112, which is below 2^128. The products are the true ones and exact, so fusing them into the addition changes
// nothing.
#pragma OPENCL FP_CONTRACT ON

#define HIGH8(w) as_float8((w) >> 3 & (int)0x8fffe000)
#define LOW8(w) HIGH8((w) << 16)
#define TAKE(n) a##n = settled8(LOW8(w[n]) * v[n] + a##n); a##n = settled8(HIGH8(w[n]) * v[8 + n] + a##n)

static inline float block_dot(__global const uint *words, __global const float *x, uint n, uint zero) {
    __global const int8 *w = (__global const int8 *)words;
    __global const float8 *v = (__global const float8 *)x;
    float8 a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0;
    for (uint i = n / 64; i > 0; --i, w += 8, v += 16) {
        TAKE(0); TAKE(1); TAKE(2); TAKE(3); TAKE(4); TAKE(5); TAKE(6); TAKE(7);
    }
    const uint rest = n % 64;  // a multiple of 16
    if (rest > 0) { TAKE(0); TAKE(1); }
    if (rest > 16) { TAKE(2); TAKE(3); }
    if (rest > 32) { TAKE(4); TAKE(5); }
    return tree(a0, a1, a2, a3, a4, a5, a6, a7, zero);
}

#define HIGH4(w) as_float4((w) >> 3 & (int)0x8fffe000)
#define LOW4(w) HIGH4((w) << 16)

// The share of work-item `item` of sixteen: lanes 4·item to 4·item + 3 of `n` words.
static inline float4 item_dot(__global const uint *words, __global const float *x, uint n, uint item, uint zero) {
    __global const int4 *w = (__global const int4 *)words;
    __global const float4 *v = (__global const float4 *)x + item;
    float4 acc = 0;
    for (uint i = item; i < n / 4; i += 16, v += 32) {
        acc = settled4(LOW4(w[i]) * v[0] + acc);
        acc = settled4(HIGH4(w[i]) * v[16] + acc);
    }
    return acc;
}
#pragma OPENCL FP_CONTRACT OFF
