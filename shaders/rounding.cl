// Division, roots and halves, correctly rounded (NUMERICS.md section 9). Float operations only give a seed, right to
// within a few units; the remainder, an exact integer, then decides. So any device's own division is good enough, fused
// or flushed operations do no harm, and all devices give the same bits. Integers are converted to floats and back as
// signed integers, for which processors have instructions. Where a device promises correctly rounded division and roots
// and the probes confirm it, its own are used (GUARD without 4), and only special operands are handled here.

#define CANONICAL_NAN 0x7fc00000u
#define CANONICAL_INFINITY 0x7f800000u

// The bits of x, 0 for zeros and subnormals.
static inline word flushed_bits(real x) {
    const word bits = as_word(x);
    return (bits & CANONICAL_INFINITY) == 0u ? 0u : bits;
}

// The high 32 bits of a 64-bit product. Compilers vectorise this over work-items, but not mul_hi. PoCL passes eight
// longs to functions wrongly where a register holds four, so even and odd elements are multiplied separately.
static inline word high_product(word a, word b) {
#if WIDTH == 8
    const ulong4 even = (as_ulong4(a) & 0xfffffffful) * (as_ulong4(b) & 0xfffffffful);
    const ulong4 odd = (as_ulong4(a) >> 32) * (as_ulong4(b) >> 32);
    return as_uint8((even >> 32) | (odd & 0xffffffff00000000ul));
#else
    return (uint)(((ulong)a * (ulong)b) >> 32);
#endif
}

// y, with +0 for subnormals and -0, and the canonical NaN for any NaN.
static inline real without_subnormals(real y) {
    return as_real(y == y ? flushed_bits(y) : CANONICAL_NAN);
}

static inline real canonical_divide(real dividend, real divisor, uint zero) {
#if !(GUARD & 4)
    return without_subnormals(as_real(flushed_bits(dividend)) / as_real(flushed_bits(divisor)));
#else
    const word a = flushed_bits(dividend);
    const word b = flushed_bits(divisor);
    const word sa = (a & 0x7fffffu) | 0x800000u;
    const word sb = (b & 0x7fffffu) | 0x800000u;
    const word doubled = sa < sb ? 1u : 0u;
    const word target = sa << (24u + doubled); // wraps, as do the products: only their small difference matters
    // q = floor(2^24 (sa << doubled) / sb), 25 bits, from `above`, which is q or q + 1.
    const real inverse = 1.0f / real_of(sb);
    const word seed = word_of(real_of(sa << doubled) * inverse * 16777216.0f);
    const whole error = as_whole(target - seed * sb);
    const word above = seed - 128u + word_of(real_of(error) * inverse + 128.0078125f);
    const whole remainder = as_whole(target - above * sb);
    const word q = above - (remainder < 0 ? 1u : 0u);
    const word sticky = remainder != 0 && remainder != -as_whole(sb) ? 1u : 0u;
    const word rounded = (q >> 1) + (q & ((q >> 1) | sticky) & 1u);

    const whole ea = as_whole((a >> 23) & 255u);
    const whole eb = as_whole((b >> 23) & 255u);
    const whole exponent = ea - eb + 127 - as_whole(doubled);
    const word infinity = ((a ^ b) & 0x80000000u) | CANONICAL_INFINITY;
    const word normal = ((a ^ b) & 0x80000000u) | ((as_word(exponent - 1) << 23) + rounded);
    const whole infinite = ea == 255 || eb == 0;
    const whole vanished = ea == 0 || eb == 255;
    const whole invalid = (infinite && vanished) || (a & 0x7fffffffu) > CANONICAL_INFINITY
        || (b & 0x7fffffffu) > CANONICAL_INFINITY;
    const word finite = exponent < 1 ? 0u : exponent > 254 ? infinity : normal;
    return as_real(invalid ? CANONICAL_NAN : infinite ? infinity : vanished ? 0u : finite);
#endif
}

// The same for normal operands with a normal quotient, or a dividend of +0.
static inline real normal_quotient(real dividend, real divisor, uint zero) {
#if !(GUARD & 4)
    return dividend / divisor;
#else
    return canonical_divide(dividend, divisor, zero);
#endif
}

static inline real canonical_recip(real x, uint zero) {
    return canonical_divide(1.0f, x, zero);
}

// 1/sqrt(m), right to within a few units: three Newton steps from an estimate by bits.
static inline real inverse_root(real m) {
    const real half_m = 0.5f * m;
    real y = as_real(0x5f3759dfu - (as_word(m) >> 1));
    y = y * (1.5f - half_m * y * y);
    y = y * (1.5f - half_m * y * y);
    return y * (1.5f - half_m * y * y);
}

static inline real canonical_sqrt(real x, uint zero) {
#if !(GUARD & 4)
    return without_subnormals(sqrt(as_real(flushed_bits(x))));
#else
    const word a = flushed_bits(x);
    const word odd = (a >> 23) & 1u; // an odd exponent field is an even power of two
    const word m = ((a & 0x7fffffu) | 0x800000u) << (1u - odd);
    const word target = m << 25;
    // q = floor(sqrt(2^25 m)), 25 bits, from `above`, which is q or q + 1.
    const real inverse = inverse_root(real_of(m));
    const word seed = word_of(real_of(m) * inverse * as_float(0x45b504f3u)); // 2^12.5
    const whole error = as_whole(target - seed * seed);
    const real steps = real_of(error) * inverse * as_float(0x38b504f3u);           // 2^-13.5
    const word above = seed - 128u + word_of(steps + 128.0078125f);
    const whole remainder = as_whole(target - above * above);
    const word q = above - (remainder < 0 ? 1u : 0u);
    const word bits = ((((a >> 23) + 125u) >> 1) << 23) + ((q + 1u) >> 1); // no tie: 2^25 m is no odd square
    return as_real(a > CANONICAL_INFINITY ? CANONICAL_NAN : a == 0u || a == CANONICAL_INFINITY ? a : bits);
#endif
}

static inline real canonical_rsqrt(real x, uint zero) {
    const word a = flushed_bits(x);
    const word odd = (a >> 23) & 1u;
    const word m = ((a & 0x7fffffu) | 0x800000u) << (2u - odd);
    // q = floor(2^37 / sqrt(m)), 25 bits or 2^25, from `above`, which is q or q + 1. The remainder is 2^74 - q²m,
    // which is -q²m modulo 2^64.
    const real inverse = inverse_root(real_of(m));
    const word seed = word_of(inverse * 137438953472.0f);
    const word excess = high_product(seed * seed, m) + high_product(seed, seed) * m;
    const real steps = real_of(excess) * inverse * -0.015625f;
    const word above = seed - 128u + word_of(steps + 128.0078125f);
    const word low = above * above;
    const word high = high_product(low, m) + high_product(above, above) * m;
    const word q = above - (as_whole(high) >= 0 && (high | (low * m)) != 0u ? 1u : 0u);
    const word bits = ((378u - (a >> 23)) >> 1 << 23) + ((q + 1u) >> 1); // no tie: 2^74 is no odd square times m
    const word special = a == 0u ? CANONICAL_INFINITY : a == CANONICAL_INFINITY ? 0u : bits;
    return as_real(a > CANONICAL_INFINITY ? CANONICAL_NAN : special);
}

// The values of eight halves as they lie in memory. Processors with F16C have an instruction for it, which flushes
// nothing; it is used unless a probe fails (GUARD 4). Elsewhere v is right for normal halves; for subnormal ones,
// m·2^-24, and zeros v is 2^-15 + m·2^-25, and 2v - 2^-14 is right. The lesser is right for all: it is neither rounded
// nor subnormal.
static inline float8 widened8(short8 halves) {
#if defined(__F16C__) && !(GUARD & 4)
    typedef __fp16 own_halves __attribute__((ext_vector_type(8)));
    return __builtin_convertvector(__builtin_astype(halves, own_halves), float8);
#else
    const int8 bits = convert_int8(halves);
    const int8 special = (bits & 0x7c00) == 0x7c00 ? 0x38000000 : 0;
    const int8 v = (bits << 13 & 0x0fffe000) + 0x38000000 + special;
    return as_float8(least(v, as_int8(2.0f * as_float8(v) - 0x1p-14f)) | (bits & (int)0x80000000));
#endif
}

static inline float widened1(ushort half_bits) { return widened8(as_short8((ushort8)(half_bits))).s0; }

// The values of halves, given by the low 16 bits of words.
static inline real widened(word half_bits) {
#if WIDTH == 8
    return widened8(as_short8(convert_ushort8(half_bits)));
#else
    return widened1((ushort)half_bits);
#endif
}

// The bits of x rounded to binary16, in 16 bits; those of a NaN if x would round to infinity.
static inline word canonical_half_bits(real x, uint zero) {
    const word magnitude = as_word(x) & 0x7fffffffu;
    const whole subnormal = magnitude < 0x38800000u; // 2^-14: counted in units of 2^-24, else in those of its last bit
    const word digits = subnormal ? (magnitude & 0x7fffffu) | 0x800000u : magnitude;
    const word shift = subnormal ? least((word)(126u) - (magnitude >> 23), (word)(25u)) : (word)(13u);
    const word rounded = (digits + ((word)(1u) << (shift - 1u)) - 1u + (digits >> shift & 1u)) >> shift;
    const word bits = subnormal ? rounded : rounded - 0x1c000u;
    const word kept = bits == 0u ? 0u : bits | (as_word(x) >> 16 & 0x8000u);
    return magnitude >= 0x477ff000u ? 0x7e00u : kept;
}

// x rounded to binary16 and widened again; NaN if x would round to infinity.
static inline real canonical_half(real x, uint zero) {
    return widened(canonical_half_bits(x, zero));
}
