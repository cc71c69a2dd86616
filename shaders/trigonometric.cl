// Sine and cosine of every finite f32 (NUMERICS.md 9): the turn is found with integers, from as many bits of 2/pi as
// the argument needs; what is left of it goes through short polynomials, one operation one rounding. Needs `rounding`.

// sin(x), or with turn = 1 cos(x) = sin(|x| + pi/2).
static inline float sine_of(float x, uint turn, uint zero) {
    const uint magnitude = flushed_bits(x) & 0x7fffffffu;
    const uint exponent = max(magnitude >> 23, 120u);
    const uint m = (magnitude & 0x7fffffu) | 0x800000u;

    // 96 bits of 2/pi, w0 w1 w2: those of which one unit of m 2^(exponent - 150) makes less than four quarter turns.
    const uint offset = exponent - 120u;
    const int by4 = (offset & 128u) != 0u;
    const int by2 = (offset & 64u) != 0u;
    const int by1 = (offset & 32u) != 0u;
    const uint a0 = by4 ? 0xf534ddc0u : 0u;
    const uint a1 = by4 ? 0xdb629599u : 0xa2f9836eu;
    const uint a2 = by4 ? 0x3c439041u : 0x4e441529u;
    const uint a3 = by4 ? 0xfe5163abu : 0xfc2757d1u;
    const uint b0 = by2 ? a2 : a0;
    const uint b1 = by2 ? a3 : a1;
    const uint b2 = by2 ? 0xf534ddc0u : a2;
    const uint b3 = by2 ? 0xdb629599u : a3;
    const uint b4 = by2 ? 0x3c439041u : 0xf534ddc0u;
    const uint c0 = by1 ? b1 : b0;
    const uint c1 = by1 ? b2 : b1;
    const uint c2 = by1 ? b3 : b2;
    const uint c3 = by1 ? b4 : b3;
    const uint left = offset & 31u;
    const uint right = 31u - left;
    const uint w0 = (c0 << left) | (c1 >> 1 >> right);
    const uint w1 = (c1 << left) | (c2 >> 1 >> right);
    const uint w2 = (c2 << left) | (c3 >> 1 >> right);

    // Quarter turns modulo 4: two bits, and a fraction of 94.
    const uint p2 = m * w2;
    const uint product1 = m * w1;
    const uint p1 = product1 + high_product(m, w2);
    const uint p0 = m * w0 + high_product(m, w1) + (p1 < product1 ? 1u : 0u);
    const uint f0 = (p0 << 2) | (p1 >> 30);
    const uint f1 = (p1 << 2) | (p2 >> 30);
    const uint below = f0 >> 31; // to the nearest: what is left of the turn is negative
    const uint g0 = below != 0u ? ~f0 : f0;
    const uint g1 = below != 0u ? ~f1 : f1;

    // The angle left, high + low: T 2^-(31 + shift) with T = pi/2 times the first 32 significant bits of the fraction.
    // Arguments below a half are their own angle.
    const uint shift = clz(g0 | 1u);
    const uint fraction = (g0 << shift) | (g1 >> 1 >> (31u - shift));
    const uint t = high_product(fraction, 0xc90fdaa2u);
    const float scale = as_float((96u - shift) << 23); // of the low part; of the high part 2^8 times that
    const int small = magnitude < 0x3f000000u;
    const float high = small ? as_float(magnitude) : mul((float)(int)(t >> 8), as_float((104u - shift) << 23));
    const float low = small ? 0.0f : mul((float)(int)(t & 0xffu), scale);
    const uint quadrant = (small ? 0u : (p0 >> 30) + below) + turn;
    const uint negative = small ? 0u : below;

    const float z = mul(high, high);
    const float half_z = mul(z, 0.5f);
    const float w = sub(1.0f, half_z);
    float s = as_float(0xb94ca1f9u);
    s = add(mul(s, z), as_float(0x3c08839eu));
    s = add(mul(s, z), as_float(0xbe2aaaa3u));
    const float sine = add(high, add(mul(low, w), mul(mul(high, z), s)));
    float c = as_float(0x37ccf5ceu);
    c = add(mul(c, z), as_float(0xbab6061au));
    c = add(mul(c, z), as_float(0x3d2aaaa5u));
    const float rest = add(sub(sub(1.0f, w), half_z), sub(mul(mul(z, z), c), mul(high, low)));
    const float cosine = add(w, rest);

    const int odd = (quadrant & 1u) != 0u;
    const uint value = as_uint(odd ? cosine : sine);
    const uint turned = (quadrant >> 1) ^ (odd ? 0u : negative) ^ (turn != 0u ? 0u : as_uint(x) >> 31);
    const uint result = value == 0u ? 0u : value ^ (turned << 31);
    return as_float(magnitude >= CANONICAL_INFINITY ? CANONICAL_NAN : result);
}

static inline float canonical_sin(float x, uint zero) {
    return sine_of(x, 0u, zero);
}

static inline float canonical_cos(float x, uint zero) {
    return sine_of(x, 1u, zero);
}
