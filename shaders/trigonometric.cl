// Sine and cosine of every finite f32 (NUMERICS.md section 9): integers find the quarter turn, from as many bits of
// 2/pi as the argument needs; short polynomials of the remaining angle follow, with one rounding per operation. Needs
// `rounding`.

// For words from 1 to 2^31 - 1. Processors have an instruction for one word but none for eight: there the exponent of
// an f32 gives the number. Runs of ones are broken up, so that none rounds up to the next power of two.
static inline word leading_zeros(word x) {
#if WIDTH == 8
    return 158u - (as_word(real_of(x & ~(x >> 1))) >> 23);
#else
    return clz(x);
#endif
}

// sin(x), or with turn = 1 cos(x) = sin(|x| + pi/2).
static inline real sine_of(real x, uint turn, uint zero) {
    const word magnitude = flushed_bits(x) & 0x7fffffffu;
    const word exponent = most(magnitude >> 23, 120u);
    const word m = (magnitude & 0x7fffffu) | 0x800000u;

    // 96 bits of 2/pi, w0 w1 w2, from the first whose product with a unit of m, 2^(exponent - 150), is less than four
    // quarter turns.
    const word offset = exponent - 120u;
    const whole by4 = (offset & 128u) != 0u;
    const whole by2 = (offset & 64u) != 0u;
    const whole by1 = (offset & 32u) != 0u;
    const word a0 = by4 ? 0xf534ddc0u : 0u;
    const word a1 = by4 ? 0xdb629599u : 0xa2f9836eu;
    const word a2 = by4 ? 0x3c439041u : 0x4e441529u;
    const word a3 = by4 ? 0xfe5163abu : 0xfc2757d1u;
    const word b0 = by2 ? a2 : a0;
    const word b1 = by2 ? a3 : a1;
    const word b2 = by2 ? 0xf534ddc0u : a2;
    const word b3 = by2 ? 0xdb629599u : a3;
    const word b4 = by2 ? 0x3c439041u : 0xf534ddc0u;
    const word c0 = by1 ? b1 : b0;
    const word c1 = by1 ? b2 : b1;
    const word c2 = by1 ? b3 : b2;
    const word c3 = by1 ? b4 : b3;
    const word left = offset & 31u;
    const word right = 31u - left;
    const word w0 = (c0 << left) | (c1 >> 1 >> right);
    const word w1 = (c1 << left) | (c2 >> 1 >> right);
    const word w2 = (c2 << left) | (c3 >> 1 >> right);

    // Quarter turns modulo 4: two bits, and a fraction of 94 bits.
    const word p2 = m * w2;
    const word product1 = m * w1;
    const word p1 = product1 + high_product(m, w2);
    const word p0 = m * w0 + high_product(m, w1) + (p1 < product1 ? 1u : 0u);
    const word f0 = (p0 << 2) | (p1 >> 30);
    const word f1 = (p1 << 2) | (p2 >> 30);
    const word below = f0 >> 31; // rounded up to the nearest: the remaining angle is negative
    const word g0 = below != 0u ? ~f0 : f0;
    const word g1 = below != 0u ? ~f1 : f1;

    // The remaining angle, high + low: T 2^-(31 + shift) with T = pi/2 times the first 32 significant bits of the
    // fraction. An argument below a half is the angle itself.
    const word shift = leading_zeros(g0 | 1u);
    const word fraction = (g0 << shift) | (g1 >> 1 >> (31u - shift));
    const word t = high_product(fraction, 0xc90fdaa2u);
    const real scale = as_real((96u - shift) << 23); // for the low part; 2^8 times that for the high part
    const whole small = magnitude < 0x3f000000u;
    const real high = small ? as_real(magnitude) : mul(real_of(t >> 8), as_real((104u - shift) << 23));
    const real low = small ? 0.0f : mul(real_of(t & 0xffu), scale);
    const word quadrant = (small ? 0u : (p0 >> 30) + below) + turn;
    const word negative = small ? 0u : below;

    const real z = mul(high, high);
    const real half_z = mul(z, 0.5f);
    const real w = sub(1.0f, half_z);
    real s = as_float(0xb94ca1f9u);
    s = add(mul(s, z), as_float(0x3c08839eu));
    s = add(mul(s, z), as_float(0xbe2aaaa3u));
    const real sine = add(high, add(mul(low, w), mul(mul(high, z), s)));
    real c = as_float(0x37ccf5ceu);
    c = add(mul(c, z), as_float(0xbab6061au));
    c = add(mul(c, z), as_float(0x3d2aaaa5u));
    const real rest = add(sub(sub(1.0f, w), half_z), sub(mul(mul(z, z), c), mul(high, low)));
    const real cosine = add(w, rest);

    const whole odd = (quadrant & 1u) != 0u;
    const word value = as_word(odd ? cosine : sine);
    const word turned = (quadrant >> 1) ^ (odd ? 0u : negative) ^ (turn != 0u ? 0u : as_word(x) >> 31);
    const word result = value == 0u ? 0u : value ^ (turned << 31);
    return as_real(magnitude >= CANONICAL_INFINITY ? CANONICAL_NAN : result);
}

static inline real canonical_sin(real x, uint zero) {
    return sine_of(x, 0u, zero);
}

static inline real canonical_cos(real x, uint zero) {
    return sine_of(x, 1u, zero);
}
