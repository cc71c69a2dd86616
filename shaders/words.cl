// The elements of rows as work-items read and write them: one per word. Needs `logit`.

#define EACH 1  // elements per word

typedef __global const uint *operands;

static inline float element(operands x, size_t i, uint zero) { return logit(x[i], zero); }

// The word that holds `a`, or with two elements per word `a` and `b`.
static inline uint word_with(float a, float b, uint zero) { return as_uint(a); }
