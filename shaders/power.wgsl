// x to the power p: the sequence of NUMERICS.md section 7, with one rounding per operation. Needs `rounding`. Logarithm
// and product are pairs, whose sum is meant. Products that have to be exact are of factors cut to twelve bits.

struct Pair { high: f32, low: f32 }

fn cut(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// log2 of a normal number, given by its bits.
fn pair_of_logarithm(bits: u32) -> Pair {
    let i = bitcast<i32>(bits) - 0x3f3504f3;
    let m_bits = bitcast<u32>((i & 0x007fffff) + 0x3f3504f3);
    var part = vec3<u32>(0x3fb00000u, 0xbeeb3c00u, 0x37307f34u);
    part = select(part, vec3<u32>(0x3fa00000u, 0xbea4d400u, 0x35f6865du), m_bits >= 0x3f430c31u);
    part = select(part, vec3<u32>(0x3f900000u, 0xbe2e0000u, 0xb651cfdfu), m_bits >= 0x3f579436u);
    part = select(part, vec3<u32>(0x3f880000u, 0xbdb32000u, 0x3510536fu), m_bits >= 0x3f6a0ea1u);
    part = select(part, vec3<u32>(0x3f800000u, 0x00000000u, 0x00000000u), m_bits >= 0x3f783e10u);
    part = select(part, vec3<u32>(0x3f700000u, 0x3dbeb000u, 0x3492d9f7u), m_bits >= 0x3f842108u);
    part = select(part, vec3<u32>(0x3f600000u, 0x3e454800u, 0xb74fea81u), m_bits >= 0x3f8d3dcbu);
    part = select(part, vec3<u32>(0x3f400000u, 0x3ed48000u, 0xb5d1cfdfu), m_bits >= 0x3f9d89d9u);
    let c = bitcast<f32>(part.x);
    let m = bitcast<f32>(m_bits);
    let m_head = cut(m);
    let r = add(sub(mul(m_head, c), 1.0), mul(sub(m, m_head), c));
    let h = cut(r);
    let square = mul(mul(0.5, h), h);
    var q = bitcast<f32>(0x3e13dae9u);
    q = add(mul(q, r), bitcast<f32>(0xbe2bb822u));
    q = add(mul(q, r), bitcast<f32>(0x3e4ccb02u));
    q = add(mul(q, r), bitcast<f32>(0xbe7fff84u));
    q = add(mul(q, r), bitcast<f32>(0x3eaaaaabu));
    let rest = sub(mul(mul(q, mul(r, r)), r), mul(mul(0.5, add(r, h)), sub(r, h)));
    let head = cut(sub(r, square));
    let tail = add(sub(sub(r, head), square), rest);
    let a = mul(head, bitcast<f32>(0x3fb8a000u));
    let scaled = add(mul(add(tail, head), bitcast<f32>(0x39a3b296u)), mul(tail, bitcast<f32>(0x3fb8a000u)));
    let b = add(scaled, bitcast<f32>(part.z));
    let steps = add(f32(i >> 23u), bitcast<f32>(part.y));
    let s = add(steps, a);
    return Pair(s, add(add(sub(steps, s), a), b));
}

// p times a pair.
fn pair_of_product(p: f32, z: Pair) -> Pair {
    let p_head = cut(p);
    let p_tail = sub(p, p_head);
    let head = cut(z.high);
    let tail = sub(z.high, head);
    let t = mul(p, z.high);
    let error = add(add(sub(mul(p_head, head), t), mul(p_head, tail)), mul(p_tail, head));
    return Pair(t, add(add(error, mul(p_tail, tail)), mul(p, z.low)));
}

// The bits of 2^t for a pair t of less than 160 in magnitude; +0 where it is below 2^-126.
fn bits_of_power(t: Pair) -> u32 {
    let shifted = add(t.high, bitcast<f32>(0x4b400000u)); // n is in its low bits
    let g = sub(t.high, sub(shifted, bitcast<f32>(0x4b400000u)));
    let f = add(g, t.low);
    let head = cut(f);
    let tail = add(sub(f, head), sub(t.low, sub(f, g)));
    var q = bitcast<f32>(0x378081fbu);
    q = add(mul(q, f), bitcast<f32>(0x3922102cu));
    q = add(mul(q, f), bitcast<f32>(0x3aaec383u));
    q = add(mul(q, f), bitcast<f32>(0x3c1d9526u));
    q = add(mul(q, f), bitcast<f32>(0x3d635847u));
    q = add(mul(q, f), bitcast<f32>(0x3e75fdf0u));
    let a = mul(head, bitcast<f32>(0x3f318000u));
    let scaled = add(mul(tail, bitcast<f32>(0x3f318000u)), mul(f, bitcast<f32>(0xb95e8083u)));
    let b = add(scaled, mul(q, mul(f, f)));
    let s = add(1.0, a);
    let y = add(s, add(add(sub(1.0, s), a), b));
    let n = bitcast<u32>(shifted) - 0x4b400000u;
    let field = bitcast<i32>((bitcast<u32>(y) >> 23u) + n);
    let normal = bitcast<u32>(y) + (n << 23u);
    return select(select(normal, CANONICAL_INFINITY, field > 254), 0u, field < 1);
}

fn canonical_pow(x: f32, p: f32) -> f32 {
    let x_size = bitcast<u32>(x) & 0x7fffffffu;
    let p_size = bitcast<u32>(p) & 0x7fffffffu;
    let x_is_zero = x_size < 0x00800000u;
    let usable = !x_is_zero && x_size < CANONICAL_INFINITY;
    let p_sign = bitcast<u32>(p) & 0x80000000u;
    let p_limited = select(min(p_size, 0x4f800000u), 0u, p_size < 0x2b800000u); // 2^32 and 2^-40
    let logarithm = pair_of_logarithm(select(0x3f800000u, x_size, usable));
    let t = pair_of_product(bitcast<f32>(p_limited | p_sign), logarithm);
    let t_bits = bitcast<u32>(t.high);
    let beyond = (t_bits & 0x7fffffffu) >= 0x43200000u; // 160
    let near = Pair(select(t.high, 0.0, beyond), select(t.low, 0.0, beyond));
    let end = select(p_sign ^ select(0u, 0x80000000u, x_is_zero), t_bits & 0x80000000u, usable);
    var bits = select(bits_of_power(near), select(0u, CANONICAL_INFINITY, end == 0u), beyond || !usable);

    let behind = 150 - i32(p_size >> 23u); // bits of the significand behind the point
    let shift = u32(clamp(behind, 0, 24));
    let significand = (p_size & 0x007fffffu) | 0x00800000u;
    let fraction = significand & ((1u << shift) - 1u);
    let odd = select(0u, significand >> shift & 1u, p_size < 0x4b800000u); // from 2^24 on all numbers are even
    let negative = select(bitcast<u32>(x) >> 31u, 0u, x_is_zero);
    bits = select(bits | ((negative & odd) << 31u), bits, bits == 0u);
    bits = select(bits, CANONICAL_NAN, negative != 0u && fraction != 0u);
    bits = select(bits, 0x3f800000u, p_size < 0x00800000u);
    return float_of(select(bits, CANONICAL_NAN, x_size > CANONICAL_INFINITY || p_size > CANONICAL_INFINITY));
}
