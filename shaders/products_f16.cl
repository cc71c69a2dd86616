// What a matrix product of f16 is made of, two elements a word, the first lower, of the exact tier. Needs `rounding`.
//
// A half's bits, moved to where f32 has them, are its value times 2^-112, a normal f32 (subnormal halves do not occur).
// The products are exact, so fusing them into the add is harmless.
#pragma OPENCL FP_CONTRACT ON

static inline float plus_product(float sum, float a, float b, uint zero) { return settled(a * b + sum); }

static inline float4 plus_product4(float4 sum, float a, float4 b, uint zero) { return settled4(a * b + sum); }

static inline float8 plus_product8(float8 sum, float a, float8 b, uint zero) { return settled8(a * b + sum); }
#pragma OPENCL FP_CONTRACT OFF

static inline float element(__global const uint *words, uint index) {
    const int bits = (int)(words[index / 2] << (16 - 16 * (index % 2)));
    return as_float(bits >> 3 & (int)0x8fffe000) * 0x1p112f;
}

static inline float stored(float sum, uint zero) { return canonical_half(sum, zero); }
