// x to the power p: the sequence of NUMERICS.md section 7, with one rounding per operation. Needs `rounding`. Logarithm
// and product are pairs, whose sum is meant. Products that have to be exact are of factors cut to twelve bits.

typedef struct {
    real high, low;
} pair;

static inline real cut(real x) {
    return as_real(as_word(x) & 0xfffff000u);
}

// log2 of a normal number, given by its bits.
static inline pair pair_of_logarithm(word bits, uint zero) {
    const word i = bits - 0x3f3504f3u;
    const real m = as_real((i & 0x007fffffu) + 0x3f3504f3u);
    const whole from20 = m >= as_float(0x3f430c31u), from18 = m >= as_float(0x3f579436u);
    const whole from17 = m >= as_float(0x3f6a0ea1u), from16 = m >= as_float(0x3f783e10u);
    const whole from15 = m >= as_float(0x3f842108u), from14 = m >= as_float(0x3f8d3dcbu);
    const whole from12 = m >= as_float(0x3f9d89d9u);
#define BY_PART(a, b, c, d, e, f, g, h) \
    (from16 ? (from14 ? (from12 ? h : g) : (from15 ? f : e)) : (from18 ? (from17 ? d : c) : (from20 ? b : a)))
    const word c = BY_PART((word)(0x3fb00000u), (word)(0x3fa00000u), (word)(0x3f900000u), (word)(0x3f880000u),
                           (word)(0x3f800000u), (word)(0x3f700000u), (word)(0x3f600000u), (word)(0x3f400000u));
    const word high = BY_PART((word)(0xbeeb3c00u), (word)(0xbea4d400u), (word)(0xbe2e0000u), (word)(0xbdb32000u),
                              (word)(0x00000000u), (word)(0x3dbeb000u), (word)(0x3e454800u), (word)(0x3ed48000u));
    const word low = BY_PART((word)(0x37307f34u), (word)(0x35f6865du), (word)(0xb651cfdfu), (word)(0x3510536fu),
                             (word)(0x00000000u), (word)(0x3492d9f7u), (word)(0xb74fea81u), (word)(0xb5d1cfdfu));
#undef BY_PART
    const real m_head = cut(m);
    const real r = add(sub(mul(m_head, as_real(c)), 1.0f), mul(sub(m, m_head), as_real(c)));
    const real h = cut(r);
    const real square = mul(mul(0.5f, h), h);
    real q = as_float(0x3e13dae9u);
    q = add(mul(q, r), as_float(0xbe2bb822u));
    q = add(mul(q, r), as_float(0x3e4ccb02u));
    q = add(mul(q, r), as_float(0xbe7fff84u));
    q = add(mul(q, r), as_float(0x3eaaaaabu));
    const real rest = sub(mul(mul(q, mul(r, r)), r), mul(mul(0.5f, add(r, h)), sub(r, h)));
    const real head = cut(sub(r, square));
    const real tail = add(sub(sub(r, head), square), rest);
    const real a = mul(head, as_float(0x3fb8a000u));
    const real b = add(add(mul(add(tail, head), as_float(0x39a3b296u)), mul(tail, as_float(0x3fb8a000u))), as_real(low));
    const real steps = add(real_of(as_whole(i) >> 23), as_real(high));
    const real s = add(steps, a);
    const pair logarithm = {s, add(add(sub(steps, s), a), b)};
    return logarithm;
}

// p times a pair.
static inline pair pair_of_product(real p, pair z, uint zero) {
    const real p_head = cut(p), head = cut(z.high);
    const real p_tail = sub(p, p_head), tail = sub(z.high, head);
    const real t = mul(p, z.high);
    const real error = add(add(sub(mul(p_head, head), t), mul(p_head, tail)), mul(p_tail, head));
    const pair product = {t, add(add(error, mul(p_tail, tail)), mul(p, z.low))};
    return product;
}

// The bits of 2^t for a pair t of less than 160 in magnitude; +0 where it is below 2^-126.
static inline word bits_of_power(pair t, uint zero) {
    const real shifted = add(t.high, as_float(0x4b400000u)); // n is in its low bits
    const real g = sub(t.high, sub(shifted, as_float(0x4b400000u)));
    const real f = add(g, t.low);
    const real head = cut(f);
    const real tail = add(sub(f, head), sub(t.low, sub(f, g)));
    real q = as_float(0x378081fbu);
    q = add(mul(q, f), as_float(0x3922102cu));
    q = add(mul(q, f), as_float(0x3aaec383u));
    q = add(mul(q, f), as_float(0x3c1d9526u));
    q = add(mul(q, f), as_float(0x3d635847u));
    q = add(mul(q, f), as_float(0x3e75fdf0u));
    const real a = mul(head, as_float(0x3f318000u));
    const real b = add(add(mul(tail, as_float(0x3f318000u)), mul(f, as_float(0xb95e8083u))), mul(q, mul(f, f)));
    const real s = add(1.0f, a);
    const real y = add(s, add(add(sub(1.0f, s), a), b));
    const whole n = as_whole(as_word(shifted) - 0x4b400000u);
    const whole field = as_whole(as_word(y) >> 23) + n;
    return field < 1 ? 0u : field > 254 ? CANONICAL_INFINITY : as_word(y) + (as_word(n) << 23);
}

static inline real canonical_pow(real x, real p, uint zero) {
    const word x_size = as_word(x) & 0x7fffffffu, p_size = as_word(p) & 0x7fffffffu;
    const whole x_is_zero = x_size < 0x00800000u;
    const whole usable = !x_is_zero && x_size < CANONICAL_INFINITY;
    const word p_limited = p_size < 0x2b800000u ? 0u : least(p_size, (word)(0x4f800000u)); // 2^-40 and 2^32
    const real exponent = as_real(p_limited | (as_word(p) & 0x80000000u));
    const pair t = pair_of_product(exponent, pair_of_logarithm(usable ? x_size : 0x3f800000u, zero), zero);
    const whole beyond = (as_word(t.high) & 0x7fffffffu) >= 0x43200000u; // 160
    const pair near = {beyond ? 0.0f : t.high, beyond ? 0.0f : t.low};
    const word end = (usable ? as_word(t.high) : as_word(p) ^ (x_is_zero ? 0x80000000u : 0u)) & 0x80000000u;
    word bits = beyond || !usable ? (end == 0u ? CANONICAL_INFINITY : 0u) : bits_of_power(near, zero);

    const whole behind = 150 - as_whole(p_size >> 23); // bits of the significand behind the point
    const word shift = as_word(behind < 0 ? 0 : behind > 24 ? 24 : behind);
    const word significand = (p_size & 0x007fffffu) | 0x00800000u;
    const word one = 1u;
    const word fraction = significand & ((one << shift) - 1u);
    const word odd = p_size < 0x4b800000u ? significand >> shift & 1u : 0u; // from 2^24 on all numbers are even
    const word negative = x_is_zero ? 0u : as_word(x) >> 31;
    bits = bits == 0u ? bits : bits | (negative & odd) << 31;
    bits = negative != 0u && fraction != 0u ? CANONICAL_NAN : bits;
    bits = p_size < 0x00800000u ? 0x3f800000u : bits;
    return as_real(x_size > CANONICAL_INFINITY || p_size > CANONICAL_INFINITY ? CANONICAL_NAN : bits);
}
