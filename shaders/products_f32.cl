// What a matrix product of f32 is made of, one element a word, of the guarded tier.

static inline float element(__global const uint *words, uint index) { return as_float(words[index]); }

static inline float plus_product(float sum, float a, float b, uint zero) { return settled(sum + guarded(a * b)); }

static inline float4 plus_product4(float4 sum, float a, float4 b, uint zero) {
    return settled4(sum + guarded4(a * b));
}

static inline float8 plus_product8(float8 sum, float a, float8 b, uint zero) {
    return settled8(sum + guarded8(a * b));
}

static inline float stored(float sum, uint zero) { return as_uint(sum) == 0x80000000u ? 0.0f : sum; }
