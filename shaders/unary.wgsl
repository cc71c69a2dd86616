// The functions of one operand by their numbers. Needs `rounding`, `trigonometric`, `elementary`, `activations` and
// `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

fn unary_function(x: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_exp(x); }
        case 1u: { return canonical_log(x); }
        case 2u: { return canonical_log2(x); }
        case 3u: { return canonical_log10(x); }
        case 4u: { return canonical_tanh(x); }
        case 5u: { return canonical_erf(x); }
        case 6u: { return canonical_sigmoid(x); }
        case 7u: { return canonical_swish(x); }
        case 8u: { return canonical_gelu(x); }
        case 9u: { return canonical_gelu_tanh(x); }
        case 10u: { return canonical_sqrt(x); }
        case 11u: { return canonical_rsqrt(x); }
        case 12u: { return canonical_recip(x); }
        case 13u: { return canonical_sin(x); }
        case 14u: { return canonical_cos(x); }
        case 15u: { return canonical_half(x); }
        case 16u: { return canonical_relu(x); }
        case 17u: { return canonical_leaky_relu(x); }
        case 18u: { return canonical_elu(x); }
        case 19u: { return canonical_absolute(x); }
        case 20u: { return canonical_neg(x); }
        case 21u: { return canonical_scale(x); }
        case 22u: { return canonical_pow2(x); }
        case 23u: { return canonical_clamp(x); }
        default: { return x; }
    }
}
