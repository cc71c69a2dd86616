// The next layer's input: relu, rounded to f16, times 2^112. Needs `rounding`.
static inline float activated(float sum, uint activation, uint zero) {
    return canonical_half(sum > 0.0f ? sum : 0.0f, zero) * 0x1p112f;
}
