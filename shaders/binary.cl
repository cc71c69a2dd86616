// The functions of two operands by their numbers. Needs `rounding`, `power` and `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

static inline real binary_function(real a, real b, uint zero) {
    switch (FUNCTION) {
        case 0: return canonical_divide(a, b, zero);
        case 1: return canonical_add(a, b, zero);
        case 2: return canonical_sub(a, b, zero);
        case 3: return canonical_mul(a, b, zero);
        case 4: return canonical_lerp(a, b, zero);
        case 5: return canonical_pow(a, b, zero);
        default: return a;
    }
}
