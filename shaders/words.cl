// Elements as they are stored: one per word. Needs `logit`.

#define EACH 1  // elements per word

// Element i, from the bits of its word.
static inline float in_word(uint bits, size_t i, uint zero) { return logit(bits, zero); }

// The word that holds `a`, or with two elements per word `a` and `b`.
static inline uint word_with(float a, float b, uint zero) { return as_uint(a); }
