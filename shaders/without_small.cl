// x, with +0 for magnitudes below 2^-100 and for -0 (NUMERICS.md section 18); NaN and infinities stay.
static inline real without_small(real x) {
    return as_real((as_word(x) & 0x7fffffffu) < 0x0d800000u ? 0u : as_word(x));
}
