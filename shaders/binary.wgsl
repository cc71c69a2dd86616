// The functions of two operands by their numbers. Needs `rounding`, `power` and `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

fn binary_function(a: f32, b: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_divide(a, b); }
        case 1u: { return canonical_add(a, b); }
        case 2u: { return canonical_sub(a, b); }
        case 3u: { return canonical_mul(a, b); }
        case 4u: { return canonical_lerp(a, b); }
        case 5u: { return canonical_pow(a, b); }
        default: { return a; }
    }
}
