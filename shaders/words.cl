// The elements of rows as work-items take and give them: a word each. Needs `logit`.

#define EACH 1  // elements a word

typedef __global const uint *operands;

static inline float element(operands x, size_t i, uint zero) { return logit(x[i], zero); }

// The word of `a`; with two elements a word, of `a` and `b`.
static inline uint word_with(float a, float b, uint zero) { return as_uint(a); }
