// Sums of products of f16, widened to f32, of the exact tier: fusing a product into the addition changes nothing.
#pragma OPENCL FP_CONTRACT ON

#if WIDTH == 1
static inline float plus_product(float sum, float a, float b, uint zero) { return settled(a * b + sum); }
#endif

static inline float4 plus_product4(float4 sum, float4 a, float4 b, uint zero) { return settled4(a * b + sum); }

static inline float8 plus_product8(float8 sum, float8 a, float8 b, uint zero) { return settled8(a * b + sum); }

static inline float16 plus_product16(float16 sum, float16 a, float16 b, uint zero) { return settled16(a * b + sum); }
#pragma OPENCL FP_CONTRACT OFF
