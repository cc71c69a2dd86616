// The next layer's input, or a layer's final result: the sum itself, rounded to f16. Needs `rounding`.
static inline float activated(float sum, uint activation, uint zero) { return canonical_half(sum, zero); }
