// Before every function: without it a*b+c may become one fused operation, with other bits.
#pragma OPENCL FP_CONTRACT OFF

// The opaque step: `zero`, the last argument of every kernel, is 0, which no compiler can know: it must compute the
// exclusive-or. The bits of GUARD: 1 for products and 2 for running sums that need the step in addition to the pragma
// (NUMERICS.md section 10); 4 for division, roots and halves without instructions for them (the
// part `rounding`).
#define OPAQUE(x) as_real(as_word(x) ^ zero)
#define OPAQUE4(x) as_float4(as_uint4(x) ^ (uint4)(zero))
#define OPAQUE8(x) as_float8(as_uint8(x) ^ (uint8)(zero))
#define OPAQUE16(x) as_float16(as_uint16(x) ^ (uint16)(zero))
#if GUARD & 1
#define guarded(product) OPAQUE(product)
#define guarded4(product) OPAQUE4(product)
#define guarded8(product) OPAQUE8(product)
#define guarded16(product) OPAQUE16(product)
#else
#define guarded(product) (product)
#define guarded4(product) (product)
#define guarded8(product) (product)
#define guarded16(product) (product)
#endif
#if GUARD & 2
#define settled(sum) OPAQUE(sum)
#define settled4(sum) OPAQUE4(sum)
#define settled8(sum) OPAQUE8(sum)
#define settled16(sum) OPAQUE16(sum)
#else
#define settled(sum) (sum)
#define settled4(sum) (sum)
#define settled8(sum) (sum)
#define settled16(sum) (sum)
#endif

// The types of all functions: one number, or with WIDTH 8 a vector of eight, for devices where a work-item is a stream
// of vector instructions. A comparison of vectors is -1 or 0 in each element, and `?:` selects by the sign bit.
#ifndef WIDTH
#define WIDTH 1
#endif
#if WIDTH == 8
typedef float8 real;
typedef int8 whole;
typedef uint8 word;
#define as_real as_float8
#define as_whole as_int8
#define as_word as_uint8
#define whole_of(x) convert_int8(x)
#define real_of(x) convert_float8(as_int8(x))
#else
typedef float real;
typedef int whole;
typedef uint word;
#define as_real as_float
#define as_whole as_int
#define as_word as_uint
#define whole_of(x) ((int)(x))
#define real_of(x) ((float)as_int(x))
#endif
#define word_of(x) as_word(whole_of(x)) // through signed integers, which processors can convert

// Minimum and maximum of words. For `min`, `max`, `vload8` and `vstore8` of vectors PoCL would call functions, which
// spill all registers.
#define least(a, b) ((a) < (b) ? (a) : (b))
#define most(a, b) ((a) < (b) ? (b) : (a))

// WIDTH elements from the i-th on; i is a multiple of WIDTH.
static inline real elements(__global const float *from, uint i) {
    return *(__global const real *)(from + i);
}

static inline void store_elements(real values, __global float *to, uint i) {
    *(__global real *)(to + i) = values;
}

// The last n - i elements, fewer than WIDTH, followed by ones.
static inline real last_elements(__global const float *from, uint i, uint n) {
#if WIDTH == 8
    float few[8] = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f};
    for (uint k = 0; k < n - i; ++k) few[k] = from[i + k];
    return (real)(few[0], few[1], few[2], few[3], few[4], few[5], few[6], few[7]);
#else
    return from[i];
#endif
}

static inline void store_last_elements(real values, __global float *to, uint i, uint n) {
#if WIDTH == 8
    const float few[8] = {values.s0, values.s1, values.s2, values.s3, values.s4, values.s5, values.s6, values.s7};
    for (uint k = 0; k < n - i; ++k) to[i + k] = few[k];
#else
    to[i] = values;
#endif
}

// One rounding each.
#define mul(a, b) guarded((a) * (b))
#define add(a, b) settled((a) + (b))
#define sub(a, b) settled((a) - (b))
