// Elementary functions: the sequences of NUMERICS.md, one operation one rounding. `zero` is the run-time zero.

static inline float canonical_exp(float value, uint zero) {
    const float x = clamp(value, -104.0f, 89.0f);
    const float n = sub(add(mul(x, as_float(0x3fb8aa3bu)), as_float(0x4b400000u)), as_float(0x4b400000u));
    const float r = sub(sub(x, mul(n, as_float(0x3f318000u))), mul(n, as_float(0xb95e8083u)));
    float p = as_float(0x39506967u);
    p = add(mul(p, r), as_float(0x3ab743ceu));
    p = add(mul(p, r), as_float(0x3c088908u));
    p = add(mul(p, r), as_float(0x3d2aa9c1u));
    p = add(mul(p, r), as_float(0x3e2aaaaau));
    p = add(mul(p, r), as_float(0x3f000000u));
    const float y = add(add(mul(p, mul(r, r)), r), 1.0f);
    const int exponent = (as_int(y) >> 23) + (int)n;
    const int scaled = as_int(y) + ((int)n << 23);
    return as_float(exponent < 1 ? 0 : exponent > 254 ? 0x7f800000 : scaled);
}
