// The functions of three operands by their numbers. Needs `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

static inline real ternary_function(real a, real b, real c, uint zero) {
    switch (FUNCTION) {
        case 0: return canonical_fma(a, b, c, zero);
        default: return a;
    }
}
