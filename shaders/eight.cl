// Eight elements at a time, from memory and to it, for devices where a work-item is a stream of vector instructions.
// Needs `rounding`, and WIDTH 8.
//
// constants   PACKED: 1 if elements are binary16, two per word; PRODUCTS: 1 if an element is a product of the elements
//             of two arrays
//
// Where fewer than eight elements are left, the last places repeat the first of them.

typedef struct {
    __global const uint *x, *with;
} operands;

// Vectors may start at any element. For `vload8` and `vstore8` PoCL would call functions, which spill all registers.
typedef float8 __attribute__((aligned(4))) loose_floats;
typedef ushort8 __attribute__((aligned(2))) loose_halves;

// `packed`: as PACKED, for arrays that may be stored in another way.
static inline float8 whole_vector(__global const uint *x, size_t i, bool packed) {
    if (packed) return widened8(as_short8(*(__global const loose_halves *)((__global const ushort *)x + i)));
    return *(__global const loose_floats *)(x + i);
}

static inline float8 part_vector(__global const uint *x, size_t i, uint left, bool packed) {
    uint few[8];
    for (uint k = 0; k < 8; ++k) {
        const size_t at = i + (k < left ? k : 0);
        few[k] = packed ? ((__global const ushort *)x)[at] : x[at];
    }
    const uint8 bits = (uint8)(few[0], few[1], few[2], few[3], few[4], few[5], few[6], few[7]);
    return packed ? widened(bits) : as_float8(bits);
}

static inline float8 loaded(__global const uint *x, size_t i, uint left) {
    return left < 8 ? part_vector(x, i, left, PACKED) : whole_vector(x, i, PACKED);
}

static inline float8 vector_of(operands z, size_t i, uint left, uint zero) {
#if PRODUCTS
    return mul(loaded(z.x, i, left), loaded(z.with, i, left));
#else
    return loaded(z.x, i, left);
#endif
}

// Stores a vector; elements beyond the end are dropped, and half a word of padding is +0.
static inline void keep(float8 values, __global uint *y, size_t i, uint left, bool packed, uint zero) {
    const uint8 bits = packed ? canonical_half_bits(values, zero) : as_uint8(values);
    __global ushort *halves = (__global ushort *)y + i;
    if (left >= 8) {
        if (packed) *(__global loose_halves *)halves = convert_ushort8(bits);
        else *(__global loose_floats *)(y + i) = values;
        return;
    }
    const uint few[8] = {bits.s0, bits.s1, bits.s2, bits.s3, bits.s4, bits.s5, bits.s6, bits.s7};
    for (uint k = 0; k < left; ++k)
        if (packed) halves[k] = few[k]; else y[i + k] = few[k];
    if (packed && left % 2 == 1) halves[left] = 0;
}
