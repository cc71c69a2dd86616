// The operations after a canonical dot: a bias, an activation, or the derivative of one; then rounding, and +0 for -0.
// Needs `kept_f32` or `kept_f16`.

#define PLAIN 0
#define BIAS 1   // all kinds from here to LEAKY add the bias
#define RELU 2
#define LEAKY 3
#define SLOPE 4  // multiplies by the derivative of the leaky relu whose result is the extra operand

// x·0.01; +0 if x is below 2^-100 in magnitude, so that no product is subnormal.
static inline real leaked(real x, uint zero) {
    return as_real((as_word(x) & 0x7fffffffu) < 0x0d800000u ? 0u : as_word(mul(x, as_float(0x3c23d70au))));
}

// `least`: the bits of the least magnitude that does not become +0; at least 1.
static inline real epilogue(real sum, real extra, uint kind, uint least, uint zero) {
    real y = sum;
    if (kind >= BIAS && kind <= LEAKY) y = add(sum, extra);
    if (kind == RELU) y = as_real(as_whole(y) > 0 ? as_word(y) : 0u);
    if (kind >= LEAKY) {
        const whole positive = as_whole(kind == LEAKY ? y : extra) > 0;
        y = as_real(positive ? as_word(y) : as_word(leaked(y, zero)));
    }
    y = kept(y, zero);
    return as_real((as_word(y) & 0x7fffffffu) < least ? 0u : as_word(y));
}
