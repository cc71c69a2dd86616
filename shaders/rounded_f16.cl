// The sum itself as the next layer's input, or the last result: rounded to f16. Needs `rounding`.
static inline float activated(float sum, uint activation, uint zero) { return canonical_half(sum, zero); }
