// Sine and cosine of every finite f32 (NUMERICS.md section 9): integers find the quarter turn, from as many bits of
// 2/pi as the argument needs; short polynomials of the remaining angle follow, with one rounding per operation. Needs
// `rounding`.

// sin(x), or with turn = 1 cos(x) = sin(|x| + pi/2).
fn sine_of(x: f32, turn: u32) -> f32 {
    let magnitude = flushed_bits(x) & 0x7fffffffu;
    let exponent = max(magnitude >> 23u, 120u);
    let m = (magnitude & 0x7fffffu) | 0x800000u;

    // 96 bits of 2/pi, w0 w1 w2, from the first whose product with a unit of m, 2^(exponent - 150), is less than four
    // quarter turns.
    let offset = exponent - 120u;
    let by4 = (offset & 128u) != 0u;
    let by2 = (offset & 64u) != 0u;
    let by1 = (offset & 32u) != 0u;
    let a0 = select(0u, 0xf534ddc0u, by4);
    let a1 = select(0xa2f9836eu, 0xdb629599u, by4);
    let a2 = select(0x4e441529u, 0x3c439041u, by4);
    let a3 = select(0xfc2757d1u, 0xfe5163abu, by4);
    let b0 = select(a0, a2, by2);
    let b1 = select(a1, a3, by2);
    let b2 = select(a2, 0xf534ddc0u, by2);
    let b3 = select(a3, 0xdb629599u, by2);
    let b4 = select(0xf534ddc0u, 0x3c439041u, by2);
    let c0 = select(b0, b1, by1);
    let c1 = select(b1, b2, by1);
    let c2 = select(b2, b3, by1);
    let c3 = select(b3, b4, by1);
    let left = offset & 31u;
    let right = 31u - left;
    let w0 = (c0 << left) | ((c1 >> 1u) >> right);
    let w1 = (c1 << left) | ((c2 >> 1u) >> right);
    let w2 = (c2 << left) | ((c3 >> 1u) >> right);

    // Quarter turns modulo 4: two bits, and a fraction of 94 bits.
    let p2 = m * w2;
    let product1 = m * w1;
    let p1 = product1 + high_product(m, w2);
    let p0 = m * w0 + high_product(m, w1) + select(0u, 1u, p1 < product1);
    let f0 = (p0 << 2u) | (p1 >> 30u);
    let f1 = (p1 << 2u) | (p2 >> 30u);
    let below = f0 >> 31u; // rounded up to the nearest: the remaining angle is negative
    let g0 = select(f0, ~f0, below != 0u);
    let g1 = select(f1, ~f1, below != 0u);

    // The remaining angle, high + low: T 2^-(31 + shift) with T = pi/2 times the first 32 significant bits of the
    // fraction. An argument below a half is the angle itself.
    let shift = countLeadingZeros(g0 | 1u);
    let fraction = (g0 << shift) | ((g1 >> 1u) >> (31u - shift));
    let t = high_product(fraction, 0xc90fdaa2u);
    let scale = bitcast<f32>((96u - shift) << 23u); // for the low part; 2^8 times that for the high part
    let small = magnitude < 0x3f000000u;
    let high = select(mul(f32(i32(t >> 8u)), bitcast<f32>((104u - shift) << 23u)), bitcast<f32>(magnitude), small);
    let low = select(mul(f32(i32(t & 0xffu)), scale), 0.0, small);
    let quadrant = select((p0 >> 30u) + below, 0u, small) + turn;
    let negative = select(below, 0u, small);

    let z = mul(high, high);
    let half_z = mul(z, 0.5);
    let w = sub(1.0, half_z);
    var s = bitcast<f32>(0xb94ca1f9u);
    s = add(mul(s, z), bitcast<f32>(0x3c08839eu));
    s = add(mul(s, z), bitcast<f32>(0xbe2aaaa3u));
    let sine = add(high, add(mul(low, w), mul(mul(high, z), s)));
    var c = bitcast<f32>(0x37ccf5ceu);
    c = add(mul(c, z), bitcast<f32>(0xbab6061au));
    c = add(mul(c, z), bitcast<f32>(0x3d2aaaa5u));
    let rest = add(sub(sub(1.0, w), half_z), sub(mul(mul(z, z), c), mul(high, low)));
    let cosine = add(w, rest);

    let odd = (quadrant & 1u) != 0u;
    let value = bitcast<u32>(select(sine, cosine, odd));
    let turned = (quadrant >> 1u) ^ select(negative, 0u, odd) ^ select(bitcast<u32>(x) >> 31u, 0u, turn != 0u);
    let result = select(value ^ (turned << 31u), 0u, value == 0u);
    return float_of(select(result, CANONICAL_NAN, magnitude >= CANONICAL_INFINITY));
}

fn canonical_sin(x: f32) -> f32 {
    return sine_of(x, 0u);
}

fn canonical_cos(x: f32) -> f32 {
    return sine_of(x, 1u);
}
