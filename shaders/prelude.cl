// Ahead of every function: without it a*b+c may become one fused operation, and the bits differ.
#pragma OPENCL FP_CONTRACT OFF

// The opaque step: `zero` is 0, the last argument of every kernel, so no compiler can see through the
// exclusive-or. GUARD says where it is needed beside the pragma: 1 products, 2 running sums (NUMERICS.md 1).
#define OPAQUE(x) as_float(as_uint(x) ^ zero)
#define OPAQUE4(x) as_float4(as_uint4(x) ^ (uint4)(zero))
#define OPAQUE8(x) as_float8(as_uint8(x) ^ (uint8)(zero))
#if GUARD & 1
#define guarded(product) OPAQUE(product)
#define guarded4(product) OPAQUE4(product)
#define guarded8(product) OPAQUE8(product)
#else
#define guarded(product) (product)
#define guarded4(product) (product)
#define guarded8(product) (product)
#endif
#if GUARD & 2
#define settled(sum) OPAQUE(sum)
#define settled4(sum) OPAQUE4(sum)
#define settled8(sum) OPAQUE8(sum)
#else
#define settled(sum) (sum)
#define settled4(sum) (sum)
#define settled8(sum) (sum)
#endif

// One rounding each.
#define mul(a, b) guarded((a) * (b))
#define add(a, b) settled((a) + (b))
#define sub(a, b) settled((a) - (b))
