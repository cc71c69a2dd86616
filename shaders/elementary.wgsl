// Elementary functions: the sequences of NUMERICS.md, one operation one rounding.
// Bit patterns that are no finite float pass `parameters.zero`: a constant NaN or infinity is an error in WGSL.

fn canonical_exp(value: f32) -> f32 {
    let x = clamp(value, -104.0, 89.0);
    let n = sub(add(mul(x, bitcast<f32>(0x3fb8aa3bu)), bitcast<f32>(0x4b400000u)), bitcast<f32>(0x4b400000u));
    let r = sub(sub(x, mul(n, bitcast<f32>(0x3f318000u))), mul(n, bitcast<f32>(0xb95e8083u)));
    var p = bitcast<f32>(0x39506967u);
    p = add(mul(p, r), bitcast<f32>(0x3ab743ceu));
    p = add(mul(p, r), bitcast<f32>(0x3c088908u));
    p = add(mul(p, r), bitcast<f32>(0x3d2aa9c1u));
    p = add(mul(p, r), bitcast<f32>(0x3e2aaaaau));
    p = add(mul(p, r), bitcast<f32>(0x3f000000u));
    let y = add(add(mul(p, mul(r, r)), r), 1.0);
    let exponent = (bitcast<i32>(y) >> 23u) + i32(n);
    let scaled = bitcast<i32>(y) + (i32(n) << 23u);
    let bits = select(select(scaled, 0x7f800000, exponent > 254), 0, exponent < 1);
    return bitcast<f32>(bitcast<u32>(bits) ^ parameters.zero);
}
