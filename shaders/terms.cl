// The parts of a reduction: the term of an element, the combination of two results, and the finish of the last one.
// Needs `rounding` and `elementary`.
//
// Combinations are SUM, MOST and LEAST; the kernels' constants give terms and finishes the numbers of
// paragon_tui/operators/reducing.py.

#define SUM 0
#define MOST 1
#define LEAST 2

#define ITSELF 0
#define MAGNITUDE 1
#define SQUARE 2
#define EXPONENTIAL 3
#define DEVIATION 4
#define EXPONENTIAL_OR_NAN 5  // an exponential that keeps NaN

// `base` is subtracted before an exponential (the largest element) or before the square of a deviation (the mean).
static inline real term(uint kind, real x, real base, uint zero) {
    switch (kind) {
        case MAGNITUDE: return as_real(as_word(x) & 0x7fffffffu);
        case SQUARE: return mul(x, x);
        case EXPONENTIAL: return as_real(exp_or_zero(sub(x, base), zero));
        case DEVIATION: return mul(sub(x, base), sub(x, base));
        case EXPONENTIAL_OR_NAN: return canonical_exp(sub(x, base), zero);
        default: return x;
    }
}

static inline real combined(uint combination, real a, real b, uint zero) {
    switch (combination) {
        case MOST: return a > b ? a : b;
        case LEAST: return a < b ? a : b;
        default: return add(a, b);
    }
}

static inline real without_sign_of_zero(real x) {
    return as_real(as_word(x) == 0x80000000u ? 0u : as_word(x));
}

// `count` is the number of elements, `most` the base of a sum of exponentials.
static inline real finished(uint finish, real x, real count, real most, uint zero) {
    switch (finish) {
        case 1: return canonical_divide(x, count, zero);
        case 2: return canonical_sqrt(x, zero);
        case 3: return as_real(flushed_bits(add(most, canonical_log(x, zero))));
        default: return without_sign_of_zero(x);
    }
}
