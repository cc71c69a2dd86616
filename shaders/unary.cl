// The functions of one operand by their numbers. Needs `rounding`, `trigonometric`, `elementary`, `activations` and
// `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

static inline real unary_function(real x, uint zero) {
    switch (FUNCTION) {
        case 0: return canonical_exp(x, zero);
        case 1: return canonical_log(x, zero);
        case 2: return canonical_log2(x, zero);
        case 3: return canonical_log10(x, zero);
        case 4: return canonical_tanh(x, zero);
        case 5: return canonical_erf(x, zero);
        case 6: return canonical_sigmoid(x, zero);
        case 7: return canonical_swish(x, zero);
        case 8: return canonical_gelu(x, zero);
        case 9: return canonical_gelu_tanh(x, zero);
        case 10: return canonical_sqrt(x, zero);
        case 11: return canonical_rsqrt(x, zero);
        case 12: return canonical_recip(x, zero);
        case 13: return canonical_sin(x, zero);
        case 14: return canonical_cos(x, zero);
        case 15: return canonical_half(x, zero);
        case 16: return canonical_relu(x, zero);
        case 17: return canonical_leaky_relu(x, zero);
        case 18: return canonical_elu(x, zero);
        case 19: return canonical_absolute(x, zero);
        case 20: return canonical_neg(x, zero);
        case 21: return canonical_scale(x, zero);
        case 22: return canonical_pow2(x, zero);
        case 23: return canonical_clamp(x, zero);
        default: return x;
    }
}
