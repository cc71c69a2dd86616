// A logit as an operand of softmax, from its bit pattern.
//
// constants   INTEGER: 1 if logits are i32 that stand for themselves times 2^-13, else 0

static inline float logit(uint bits, uint zero) {
#if INTEGER
    // Both halves are exact, so that only the addition rounds: to nearest, ties to even.
    const int i = as_int(bits);
    return mul(add((float)(i >> 12) * 4096.0f, (float)(i & 4095)), 0.0001220703125f);
#else
    return as_float(bits);
#endif
}
