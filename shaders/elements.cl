// The elements of one array. Needs `words` or `halves`.

typedef __global const uint *operands;

static inline float element(operands x, size_t i, uint zero) { return in_word(x[i / EACH], i, zero); }
