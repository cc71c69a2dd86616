// The elements of rows as work-items read and write them: binary16, two per word, the first in the low half. Needs
// `rounding`.

#define EACH 2  // elements per word

typedef __global const uint *operands;

static inline float element(operands x, size_t i, uint zero) { return widened(x[i / 2] >> (i % 2 * 16)); }

// The word that holds `a`, or with two elements per word `a` and `b`.
static inline uint word_with(float a, float b, uint zero) {
    return canonical_half_bits(a, zero) | canonical_half_bits(b, zero) << 16;
}
