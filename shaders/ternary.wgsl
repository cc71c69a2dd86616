// The functions of three operands by their numbers. Needs `basic`.
//
// constants   FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

fn ternary_function(a: f32, b: f32, c: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_fma(a, b, c); }
        default: { return a; }
    }
}
