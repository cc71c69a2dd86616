// Elements as they are stored: binary16, two per word, the first in the low half. Needs `rounding`.

#define EACH 2  // elements per word

// Element i, from the bits of its word.
static inline float in_word(uint bits, size_t i, uint zero) { return widened(bits >> i % 2 * 16); }

// The word that holds `a`, or with two elements per word `a` and `b`.
static inline uint word_with(float a, float b, uint zero) {
    return canonical_half_bits(a, zero) | canonical_half_bits(b, zero) << 16;
}
