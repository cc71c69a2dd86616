// The elements of `reduce`: those of one array, or products of the elements of two arrays. Needs `words` or `halves`.
//
// constants   PRODUCTS: 1 for products, else 0

typedef struct {
    __global const uint *x, *with;
} operands;

static inline float element(operands z, size_t i, uint zero) {
    const float a = in_word(z.x[i / EACH], i, zero);
    return PRODUCTS ? mul(a, in_word(z.with[i / EACH], i, zero)) : a;
}
