// The elements of `reduce`: those of one array, or the products of two arrays'.
//
// constants   PRODUCTS: 1 where they are products

typedef struct {
    __global const uint *x, *with;
} operands;

static inline float element(operands z, size_t i, uint zero) {
    return PRODUCTS ? mul(as_float(z.x[i]), as_float(z.with[i])) : as_float(z.x[i]);
}
