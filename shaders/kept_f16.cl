// A result that is rounded to f16. Needs `rounding`.
static inline real kept(real y, uint zero) { return canonical_half(y, zero); }
