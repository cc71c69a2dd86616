// Sums of products of f32, of the guarded tier.

#if WIDTH == 1
static inline float plus_product(float sum, float a, float b, uint zero) { return settled(sum + guarded(a * b)); }
#endif

static inline float4 plus_product4(float4 sum, float4 a, float4 b, uint zero) {
    return settled4(sum + guarded4(a * b));
}

static inline float8 plus_product8(float8 sum, float8 a, float8 b, uint zero) {
    return settled8(sum + guarded8(a * b));
}

static inline float16 plus_product16(float16 sum, float16 a, float16 b, uint zero) {
    return settled16(sum + guarded16(a * b));
}
