// Reductions by one work-item, eight elements at a time: for CPUs, where a work-item is a stream of vector
// instructions. Needs `rounding`, `elementary`, `terms`, and WIDTH 8.
//
// constants   BLOCK: elements summed before a new accumulation starts (4096); PACKED: 1 if elements are binary16, two
//             per word; PRODUCTS: 1 if an element is a product of the elements of two arrays
//
// A row is reduced over `n` elements from the offset `first`. The 64 lanes are eight vectors. Where fewer than eight
// elements are left, the last places repeat the first of them, which changes no maximum, and count as 0 in a sum.

typedef struct {
    __global const uint *x, *with;
} operands;

// Rows may start anywhere. For `vload8` and `vstore8` PoCL would call functions, which spill all registers.
typedef float8 __attribute__((aligned(4))) loose_floats;
typedef ushort8 __attribute__((aligned(2))) loose_halves;

static inline float8 whole_vector(__global const uint *x, size_t i) {
#if PACKED
    return widened8(as_short8(*(__global const loose_halves *)((__global const ushort *)x + i)));
#else
    return *(__global const loose_floats *)(x + i);
#endif
}

static inline float8 part_vector(__global const uint *x, size_t i, uint left) {
    uint few[8];
    for (uint k = 0; k < 8; ++k) {
#if PACKED
        few[k] = ((__global const ushort *)x)[i + (k < left ? k : 0)];
#else
        few[k] = x[i + (k < left ? k : 0)];
#endif
    }
    const uint8 bits = (uint8)(few[0], few[1], few[2], few[3], few[4], few[5], few[6], few[7]);
#if PACKED
    return widened(bits);
#else
    return as_float8(bits);
#endif
}

static inline float8 vector_of(operands z, size_t i, uint left, uint zero) {
#if PRODUCTS
    return left < 8 ? mul(part_vector(z.x, i, left), part_vector(z.with, i, left))
                    : mul(whole_vector(z.x, i), whole_vector(z.with, i));
#else
    return left < 8 ? part_vector(z.x, i, left) : whole_vector(z.x, i);
#endif
}

// Stores a vector; elements beyond the end are dropped.
static inline void keep(float8 values, __global uint *y, size_t i, uint left, uint zero) {
#if PACKED
    __global ushort *to = (__global ushort *)y + i;
    const uint8 bits = canonical_half_bits(values, zero);
    if (left >= 8) {
        *(__global loose_halves *)to = convert_ushort8(bits);
        return;
    }
#else
    __global uint *to = y + i;
    const uint8 bits = as_uint8(values);
    if (left >= 8) {
        *(__global loose_floats *)to = values;
        return;
    }
#endif
    const uint few[8] = {bits.s0, bits.s1, bits.s2, bits.s3, bits.s4, bits.s5, bits.s6, bits.s7};
    for (uint k = 0; k < left; ++k) to[k] = few[k];
}

static inline float folded(uint combination, float8 a, uint zero) {
    a.lo = combined(combination, (float8)(a.lo, a.lo), (float8)(a.hi, a.hi), zero).lo;
    a.lo.lo = combined(combination, (float8)(a.lo, a.lo), (float8)(a.lo.hi, a.lo.hi, a.lo.hi, a.lo.hi), zero).lo.lo;
    return combined(combination, (float8)(a.s0), (float8)(a.s1), zero).s0;
}

static inline float folded_lanes(uint combination, float8 *a, uint zero) {
    for (uint s = 4; s > 0; s /= 2)
        for (uint v = 0; v < s; ++v) a[v] = combined(combination, a[v], a[v + s], zero);
    return folded(combination, a[0], zero);
}

// `combination` of the terms `kind` of n elements, at most a block.
static inline float block(uint combination, uint kind, operands z, size_t first, uint n, float base, uint zero) {
    float8 a[8];
    const float8 start = combination == SUM ? 0.0f : term(kind, vector_of(z, first, min(n, 1u), zero), base, zero);
    #pragma unroll
    for (uint v = 0; v < 8; ++v) a[v] = start;
    uint k = 0;
    for (; k + 64 <= n; k += 64) {
        #pragma unroll
        for (uint v = 0; v < 8; ++v)
            a[v] = combined(combination, a[v], term(kind, vector_of(z, first + k + 8 * v, 8, zero), base, zero), zero);
    }
    #pragma unroll
    for (uint v = 0; v < 8; ++v) {
        const int left = (int)n - (int)(k + 8 * v);
        if (left <= 0) continue;
        const float8 t = term(kind, vector_of(z, first + k + 8 * v, left, zero), base, zero);
        const int8 there = (int8)(0, 1, 2, 3, 4, 5, 6, 7) < left;
        a[v] = combined(combination, a[v], combination == SUM ? (there ? t : 0.0f) : t, zero);
    }
    return folded_lanes(combination, a, zero);
}

// The same for a whole row: block results are reduced in the same way, block j in lane j mod 64; n is at most 2^24.
static inline float row(uint combination, uint kind, operands z, size_t first, uint n, float base, uint zero) {
    float sum = block(combination, kind, z, first, min(n, (uint)BLOCK), base, zero);
    if (n <= BLOCK) return sum;
    float8 a[8];
    for (uint v = 0; v < 8; ++v) a[v] = combination == SUM ? 0.0f : sum;
    for (uint j = 0, k = 0; k < n; ++j, k += BLOCK) {
        if (j > 0) sum = block(combination, kind, z, first + k, min(n - k, (uint)BLOCK), base, zero);
        float *lane = (float *)a + j % 64;
        *lane = combined(combination, *lane, sum, zero).s0;
    }
    return folded_lanes(combination, a, zero);
}
