// Elementary functions: the sequences of NUMERICS.md section 7, with one rounding per operation. Needs `rounding`.
// Special operands are recognised by their bits and replaced before any float operation: no division by zero, NaN or
// subnormal occurs inside. Results are selected as bits, since a driver may assume that NaN does not occur.

fn canonical_exp(value: f32) -> f32 {
    let sign = bitcast<u32>(value) & 0x80000000u;
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    let limit = select(0x42b17218u, 0x42aeac50u, sign != 0u); // from here on the result is +infinity, or +0
    let x = bitcast<f32>(sign | min(magnitude, limit));
    let n = sub(add(mul(x, bitcast<f32>(0x3fb8aa3bu)), bitcast<f32>(0x4b400000u)), bitcast<f32>(0x4b400000u));
    let r = sub(sub(x, mul(n, bitcast<f32>(0x3f318000u))), mul(n, bitcast<f32>(0xb95e8083u)));
    var p = bitcast<f32>(0x39506967u);
    p = add(mul(p, r), bitcast<f32>(0x3ab743ceu));
    p = add(mul(p, r), bitcast<f32>(0x3c088908u));
    p = add(mul(p, r), bitcast<f32>(0x3d2aa9c1u));
    p = add(mul(p, r), bitcast<f32>(0x3e2aaaaau));
    p = add(mul(p, r), bitcast<f32>(0x3f000000u));
    let y = add(add(mul(p, mul(r, r)), r), 1.0);
    let scaled = bitcast<u32>(y) + (bitcast<u32>(i32(n)) << 23u);
    let bits = select(scaled, select(CANONICAL_INFINITY, 0u, sign != 0u), magnitude >= limit);
    return float_of(select(bits, CANONICAL_NAN, magnitude > CANONICAL_INFINITY));
}

// x = 2^exponent·(1+r) with sqrt(1/2) <= 1+r < sqrt(2); log(1+r) = r - half_square + cubic.
struct LogarithmParts { exponent: f32, r: f32, half_square: f32, cubic: f32 }

fn parts_of_logarithm(value: f32) -> LogarithmParts {
    let bits = bitcast<u32>(value);
    let usable = bits >= 0x00800000u && bits < CANONICAL_INFINITY;
    let i = bitcast<i32>(select(0x3f800000u, bits, usable)) - 0x3f3504f3;
    let r = sub(bitcast<f32>((i & 0x007fffff) + 0x3f3504f3), 1.0);
    let z = mul(r, r);
    var p = bitcast<f32>(0x3d9021bbu);
    p = add(mul(p, r), bitcast<f32>(0xbdebd1b8u));
    p = add(mul(p, r), bitcast<f32>(0x3def251au));
    p = add(mul(p, r), bitcast<f32>(0xbdfe5d4fu));
    p = add(mul(p, r), bitcast<f32>(0x3e11e9bfu));
    p = add(mul(p, r), bitcast<f32>(0xbe2aae50u));
    p = add(mul(p, r), bitcast<f32>(0x3e4cceacu));
    p = add(mul(p, r), bitcast<f32>(0xbe7ffffcu));
    p = add(mul(p, r), bitcast<f32>(0x3eaaaaaau));
    return LogarithmParts(f32(i >> 23u), r, mul(0.5, z), mul(mul(p, r), z));
}

fn logarithm_result(value: f32, y: f32) -> f32 {
    let bits = bitcast<u32>(value);
    let ordinary = select(flushed_bits(y), CANONICAL_INFINITY, bits == CANONICAL_INFINITY);
    let result = select(ordinary, CANONICAL_NAN, bits > CANONICAL_INFINITY);
    return float_of(select(result, 0xff800000u, (bits & 0x7fffffffu) < 0x00800000u));
}

fn canonical_log(value: f32) -> f32 {
    let l = parts_of_logarithm(value);
    let t = sub(add(l.cubic, mul(l.exponent, bitcast<f32>(0xb95e8083u))), l.half_square);
    return logarithm_result(value, add(add(l.r, t), mul(l.exponent, bitcast<f32>(0x3f318000u))));
}

// log(1+r) times a constant high + low, plus `whole` (exact) and `rest` (its small remainder).
fn scaled_logarithm(l: LogarithmParts, high: u32, low: u32, whole: f32, rest: f32) -> f32 {
    let head = bitcast<f32>(bitcast<u32>(sub(l.r, l.half_square)) & 0xfffff000u);
    let tail = add(sub(sub(l.r, head), l.half_square), l.cubic);
    let a = mul(head, bitcast<f32>(high));
    let b = add(add(mul(add(tail, head), bitcast<f32>(low)), mul(tail, bitcast<f32>(high))), rest);
    let s = add(whole, a);
    return add(s, add(b, add(sub(whole, s), a)));
}

fn canonical_log2(value: f32) -> f32 {
    let l = parts_of_logarithm(value);
    return logarithm_result(value, scaled_logarithm(l, 0x3fb8a000u, 0x39a3b296u, l.exponent, 0.0));
}

fn canonical_log10(value: f32) -> f32 {
    let l = parts_of_logarithm(value);
    let whole = mul(l.exponent, bitcast<f32>(0x3e9a0000u));
    let rest = mul(l.exponent, bitcast<f32>(0x39826a14u));
    return logarithm_result(value, scaled_logarithm(l, 0x3ede5000u, 0x38bd8a93u, whole, rest));
}

// The result of an odd function, from its result y for |value|.
fn odd_result(value: f32, y: f32) -> f32 {
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    let bits = select(bitcast<u32>(y) | (bitcast<u32>(value) & 0x80000000u), 0u, magnitude < 0x00800000u);
    return float_of(select(bits, CANONICAL_NAN, magnitude > CANONICAL_INFINITY));
}

fn canonical_tanh(value: f32) -> f32 {
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    let a = min(magnitude, 0x41200000u);                                   // the bits of 10
    let t = bitcast<f32>(select(a, 0u, magnitude < 0x38800000u));          // 0 below 2^-14
    let z = mul(t, t);
    var p = bitcast<f32>(0xbbbaf0eau);
    p = add(mul(p, z), bitcast<f32>(0x3ca9134eu));
    p = add(mul(p, z), bitcast<f32>(0xbd5c1e2du));
    p = add(mul(p, z), bitcast<f32>(0x3e088393u));
    p = add(mul(p, z), bitcast<f32>(0xbeaaaa99u));
    let small = add(mul(mul(p, z), t), t);
    let large = sub(1.0, canonical_divide(2.0, add(canonical_exp(mul(2.0, t)), 1.0)));
    let y = select(large, small, magnitude < 0x3f200000u);
    return odd_result(value, bitcast<f32>(select(bitcast<u32>(y), a, magnitude < 0x38800000u)));
}

fn canonical_erf(value: f32) -> f32 {
    let magnitude = bitcast<u32>(value) & 0x7fffffffu;
    let tiny = magnitude < 0x38800000u; // 2^-14
    let a = bitcast<f32>(select(min(magnitude, 0x40800000u), 0u, magnitude < 0x00800000u)); // at most 4
    let t = select(a, 0.0, tiny);
    let s = mul(t, t);
    var p = bitcast<f32>(0x38a7c72cu);
    p = add(mul(p, s), bitcast<f32>(0xba530937u));
    p = add(mul(p, s), bitcast<f32>(0x3baa2554u));
    p = add(mul(p, s), bitcast<f32>(0xbcdc0090u));
    p = add(mul(p, s), bitcast<f32>(0x3de716b2u));
    p = add(mul(p, s), bitcast<f32>(0xbec093a0u));
    p = add(mul(p, s), bitcast<f32>(0x3e0375d4u));
    let b = mul(a, select(1.0, bitcast<f32>(0x4f800000u), tiny));
    let small = mul(add(mul(p, b), b), select(1.0, bitcast<f32>(0x2f800000u), tiny));
    var q = bitcast<f32>(0x395fbd5fu);
    q = add(mul(q, t), bitcast<f32>(0xbb525d4eu));
    q = add(mul(q, t), bitcast<f32>(0x3cbb61a2u));
    q = add(mul(q, t), bitcast<f32>(0xbdd78628u));
    q = add(mul(q, t), bitcast<f32>(0xbf22bfb6u));
    q = add(mul(q, t), bitcast<f32>(0xbf9072f8u));
    let large = sub(1.0, canonical_exp(mul(q, t)));
    return odd_result(value, select(large, small, magnitude < 0x3f700000u));
}
