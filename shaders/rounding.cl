// Division, roots and halves, each the correctly rounded value (NUMERICS.md 9). Float operations make nothing but a
// seed, right to within a few units; the remainder of exact integers then decides, so that any device's own division
// is good enough, fused or flushed operations do no harm, and all devices give the same bits. Integers pass to floats
// and back as signed ones: processors have instructions for those.

#define CANONICAL_NAN 0x7fc00000u
#define CANONICAL_INFINITY 0x7f800000u

// The bits of x, 0 for zeros and subnormals.
static inline uint flushed_bits(float x) {
    const uint bits = as_uint(x);
    return (bits & CANONICAL_INFINITY) == 0u ? 0u : bits;
}

// The high 32 bits of the 64 of a product. (Compilers spread this over work-items where they leave mul_hi alone.)
static inline uint high_product(uint a, uint b) {
    return (uint)(((ulong)a * (ulong)b) >> 32);
}

static inline float canonical_divide(float dividend, float divisor, uint zero) {
    const uint a = flushed_bits(dividend);
    const uint b = flushed_bits(divisor);
    const uint sa = (a & 0x7fffffu) | 0x800000u;
    const uint sb = (b & 0x7fffffu) | 0x800000u;
    const uint doubled = sa < sb ? 1u : 0u;
    const uint target = sa << (24u + doubled); // wraps, and so do the products: only their small difference counts
    // q = floor(2^24 (sa << doubled) / sb), 25 bits, by way of `above`, which is q or q + 1.
    const float inverse = 1.0f / (float)(int)sb;
    const uint seed = (uint)(int)((float)(int)(sa << doubled) * inverse * 16777216.0f);
    const int error = (int)(target - seed * sb);
    const uint above = seed - 128u + (uint)(int)((float)error * inverse + 128.0078125f);
    const int remainder = (int)(target - above * sb);
    const uint q = above - (remainder < 0 ? 1u : 0u);
    const uint sticky = remainder != 0 && remainder != -(int)sb ? 1u : 0u;
    const uint rounded = (q >> 1) + (q & ((q >> 1) | sticky) & 1u);

    const int ea = (int)((a >> 23) & 255u);
    const int eb = (int)((b >> 23) & 255u);
    const int exponent = ea - eb + 127 - (int)doubled;
    const uint infinity = ((a ^ b) & 0x80000000u) | CANONICAL_INFINITY;
    const uint normal = ((a ^ b) & 0x80000000u) | (((uint)(exponent - 1) << 23) + rounded);
    const int infinite = ea == 255 || eb == 0;
    const int vanished = ea == 0 || eb == 255;
    const int invalid = (infinite && vanished) || (a & 0x7fffffffu) > CANONICAL_INFINITY
        || (b & 0x7fffffffu) > CANONICAL_INFINITY;
    const uint finite = exponent < 1 ? 0u : exponent > 254 ? infinity : normal;
    return as_float(invalid ? CANONICAL_NAN : infinite ? infinity : vanished ? 0u : finite);
}

static inline float canonical_recip(float x, uint zero) {
    return canonical_divide(1.0f, x, zero);
}

// 1/sqrt(m), right to within a few units: three steps of Newton's from a guess at the bits.
static inline float inverse_root(float m) {
    const float half_m = 0.5f * m;
    float y = as_float(0x5f3759dfu - (as_uint(m) >> 1));
    y = y * (1.5f - half_m * y * y);
    y = y * (1.5f - half_m * y * y);
    return y * (1.5f - half_m * y * y);
}

static inline float canonical_sqrt(float x, uint zero) {
    const uint a = flushed_bits(x);
    const uint odd = (a >> 23) & 1u; // an odd exponent field is an even power of two
    const uint m = ((a & 0x7fffffu) | 0x800000u) << (1u - odd);
    const uint target = m << 25;
    // q = floor(sqrt(2^25 m)), 25 bits, by way of `above`, which is q or q + 1.
    const float inverse = inverse_root((float)(int)m);
    const uint seed = (uint)(int)((float)(int)m * inverse * as_float(0x45b504f3u)); // 2^12.5
    const int error = (int)(target - seed * seed);
    const float steps = (float)error * inverse * as_float(0x38b504f3u);           // 2^-13.5
    const uint above = seed - 128u + (uint)(int)(steps + 128.0078125f);
    const int remainder = (int)(target - above * above);
    const uint q = above - (remainder < 0 ? 1u : 0u);
    const uint bits = ((((a >> 23) + 125u) >> 1) << 23) + ((q + 1u) >> 1); // no tie: 2^25 m is no odd square
    return as_float(a > CANONICAL_INFINITY ? CANONICAL_NAN : a == 0u || a == CANONICAL_INFINITY ? a : bits);
}

static inline float canonical_rsqrt(float x, uint zero) {
    const uint a = flushed_bits(x);
    const uint odd = (a >> 23) & 1u;
    const uint m = ((a & 0x7fffffu) | 0x800000u) << (2u - odd);
    // q = floor(2^37 / sqrt(m)), 25 bits or 2^25, by way of `above`, which is q or q + 1. The remainder is 2^74 - q²m;
    // modulo 2^64 that is -q²m.
    const float inverse = inverse_root((float)(int)m);
    const uint seed = (uint)(int)(inverse * 137438953472.0f);
    const uint excess = high_product(seed * seed, m) + high_product(seed, seed) * m;
    const float steps = (float)(int)excess * inverse * -0.015625f;
    const uint above = seed - 128u + (uint)(int)(steps + 128.0078125f);
    const uint low = above * above;
    const uint high = high_product(low, m) + high_product(above, above) * m;
    const uint q = above - ((int)high >= 0 && (high | (low * m)) != 0u ? 1u : 0u);
    const uint bits = ((378u - (a >> 23)) >> 1 << 23) + ((q + 1u) >> 1); // no tie: 2^74 is no odd square times m
    const uint special = a == 0u ? CANONICAL_INFINITY : a == CANONICAL_INFINITY ? 0u : bits;
    return as_float(a > CANONICAL_INFINITY ? CANONICAL_NAN : special);
}

// x rounded to binary16 and widened again, as bits of an f32; what would round to infinity is NaN.
static inline uint half_as_float_bits(float x) {
    const uint magnitude = as_uint(x) & 0x7fffffffu;
    const uint rounded = (magnitude + 0xfffu + ((magnitude >> 13) & 1u)) & 0xffffe000u;
    const uint sign = as_uint(x) & 0x80000000u;
    const uint kept = sign | max(rounded, 0x38800000u); // what rounds up to 2^-14 is 2^-14
    return magnitude >= 0x477ff000u ? CANONICAL_NAN : magnitude < 0x387fe000u ? 0u : kept;
}

static inline float canonical_half(float x, uint zero) {
    return as_float(half_as_float_bits(x));
}

static inline uint canonical_half_bits(float x, uint zero) {
    const uint bits = half_as_float_bits(x);
    const uint half_bits = ((bits >> 16) & 0x8000u) | (((bits & 0x7fffffffu) - 0x38000000u) >> 13);
    return bits == CANONICAL_NAN ? 0x7e00u : bits == 0u ? 0u : half_bits;
}
