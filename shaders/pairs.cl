// The elements of `reduce`: those of one array, or products of the elements of two arrays.
//
// constants   PRODUCTS: 1 for products, else 0

typedef struct {
    __global const uint *x, *with;
} operands;

static inline float element(operands z, size_t i, uint zero) {
    return PRODUCTS ? mul(as_float(z.x[i]), as_float(z.with[i])) : as_float(z.x[i]);
}
