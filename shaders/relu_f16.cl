// The next layer's input, or a layer's final result: relu, rounded to f16. Needs `rounding`.
static inline float activated(float sum, uint activation, uint zero) {
    return canonical_half(sum > 0.0f ? sum : 0.0f, zero);
}
