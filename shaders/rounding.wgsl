// Division, roots and halves, correctly rounded (NUMERICS.md section 9). Float operations only give a seed, right to
// within a few units; the remainder, an exact integer, then decides. So any device's own division is good enough, fused
// or flushed operations do no harm, and all devices give the same bits. Integers are converted to floats and back as
// signed integers, for which processors have instructions.

const CANONICAL_NAN: u32 = 0x7fc00000u;
const CANONICAL_INFINITY: u32 = 0x7f800000u;

// A float from bits that may be NaN or infinity: as constants these are errors in WGSL.
fn float_of(bits: u32) -> f32 {
    return bitcast<f32>(bits ^ parameters.zero);
}

// The bits of x, 0 for zeros and subnormals.
fn flushed_bits(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    return select(bits, 0u, (bits & CANONICAL_INFINITY) == 0u);
}

// The high 32 bits of a 64-bit product.
fn high_product(a: u32, b: u32) -> u32 {
    let al = a & 0xffffu;
    let ah = a >> 16u;
    let bl = b & 0xffffu;
    let bh = b >> 16u;
    let middle = ah * bl + ((al * bl) >> 16u);
    let other = al * bh + (middle & 0xffffu);
    return ah * bh + (middle >> 16u) + (other >> 16u);
}

fn canonical_divide(dividend: f32, divisor: f32) -> f32 {
    let a = flushed_bits(dividend);
    let b = flushed_bits(divisor);
    let sa = (a & 0x7fffffu) | 0x800000u;
    let sb = (b & 0x7fffffu) | 0x800000u;
    let doubled = select(0u, 1u, sa < sb);
    let dividend_digits = sa << (24u + doubled); // wraps, as do the products: only their small difference matters
    // q = floor(2^24 (sa << doubled) / sb), 25 bits, from `above`, which is q or q + 1.
    let inverse = 1.0 / f32(i32(sb));
    let seed = u32(i32(f32(i32(sa << doubled)) * inverse * 16777216.0));
    let error = bitcast<i32>(dividend_digits - seed * sb);
    let above = seed - 128u + u32(i32(f32(error) * inverse + 128.0078125));
    let remainder = bitcast<i32>(dividend_digits - above * sb);
    let q = above - select(0u, 1u, remainder < 0);
    let sticky = select(0u, 1u, remainder != 0 && remainder != -i32(sb));
    let rounded = (q >> 1u) + (q & ((q >> 1u) | sticky) & 1u);

    let ea = i32((a >> 23u) & 255u);
    let eb = i32((b >> 23u) & 255u);
    let exponent = ea - eb + 127 - i32(doubled);
    let sign = (a ^ b) & 0x80000000u;
    let infinity = sign | CANONICAL_INFINITY;
    let normal = sign | ((bitcast<u32>(exponent - 1) << 23u) + rounded);
    let infinite = ea == 255 || eb == 0;
    let vanished = ea == 0 || eb == 255;
    let invalid = (infinite && vanished) || (a & 0x7fffffffu) > CANONICAL_INFINITY
        || (b & 0x7fffffffu) > CANONICAL_INFINITY;
    let finite = select(select(normal, infinity, exponent > 254), 0u, exponent < 1);
    return float_of(select(select(select(finite, 0u, vanished), infinity, infinite), CANONICAL_NAN, invalid));
}

fn canonical_recip(x: f32) -> f32 {
    return canonical_divide(1.0, x);
}

// 1/sqrt(m), right to within a few units: three Newton steps from an estimate by bits.
fn inverse_root(m: f32) -> f32 {
    let half_m = 0.5 * m;
    var y = bitcast<f32>(0x5f3759dfu - (bitcast<u32>(m) >> 1u));
    y = y * (1.5 - half_m * y * y);
    y = y * (1.5 - half_m * y * y);
    return y * (1.5 - half_m * y * y);
}

fn canonical_sqrt(x: f32) -> f32 {
    let a = flushed_bits(x);
    let odd = (a >> 23u) & 1u; // an odd exponent field is an even power of two
    let m = ((a & 0x7fffffu) | 0x800000u) << (1u - odd);
    let square = m << 25u;
    // q = floor(sqrt(2^25 m)), 25 bits, from `above`, which is q or q + 1.
    let inverse = inverse_root(f32(i32(m)));
    let seed = u32(i32(f32(i32(m)) * inverse * bitcast<f32>(0x45b504f3u))); // 2^12.5
    let error = bitcast<i32>(square - seed * seed);
    let steps = f32(error) * inverse * bitcast<f32>(0x38b504f3u);           // 2^-13.5
    let above = seed - 128u + u32(i32(steps + 128.0078125));
    let remainder = bitcast<i32>(square - above * above);
    let q = above - select(0u, 1u, remainder < 0);
    let bits = ((((a >> 23u) + 125u) >> 1u) << 23u) + ((q + 1u) >> 1u); // no tie: 2^25 m is no odd square
    let kept = a == 0u || a == CANONICAL_INFINITY;
    return float_of(select(select(bits, a, kept), CANONICAL_NAN, a > CANONICAL_INFINITY));
}

fn canonical_rsqrt(x: f32) -> f32 {
    let a = flushed_bits(x);
    let odd = (a >> 23u) & 1u;
    let m = ((a & 0x7fffffu) | 0x800000u) << (2u - odd);
    // q = floor(2^37 / sqrt(m)), 25 bits or 2^25, from `above`, which is q or q + 1. The remainder is 2^74 - q²m,
    // which is -q²m modulo 2^64.
    let inverse = inverse_root(f32(i32(m)));
    let seed = u32(i32(inverse * 137438953472.0));
    let excess = high_product(seed * seed, m) + high_product(seed, seed) * m;
    let steps = f32(bitcast<i32>(excess)) * inverse * -0.015625;
    let above = seed - 128u + u32(i32(steps + 128.0078125));
    let low = above * above;
    let high = high_product(low, m) + high_product(above, above) * m;
    let q = above - select(0u, 1u, bitcast<i32>(high) >= 0 && (high | (low * m)) != 0u);
    let bits = (((378u - (a >> 23u)) >> 1u) << 23u) + ((q + 1u) >> 1u); // no tie: 2^74 is no odd square times m
    let special = select(select(bits, 0u, a == CANONICAL_INFINITY), CANONICAL_INFINITY, a == 0u);
    return float_of(select(special, CANONICAL_NAN, a > CANONICAL_INFINITY));
}

// The value of a half, given by its bits. v is right for normal halves; for subnormal ones, m·2^-24, and zeros it is
// 2^-15 + m·2^-25, and 2v - 2^-14 is right. The lesser is right for all: nothing is rounded, and nothing is subnormal.
fn widened(half_bits: u32) -> f32 {
    let magnitude = half_bits & 0x7fffu;
    let v = bitcast<f32>((magnitude << 13u) + 0x38000000u);
    let finite = bitcast<u32>(min(v, 2.0 * v - bitcast<f32>(0x38800000u)));
    let special = (magnitude << 13u) + 0x70000000u; // infinity and NaN
    return float_of(select(finite, special, magnitude >= 0x7c00u) | ((half_bits & 0x8000u) << 16u));
}

// The bits of x rounded to binary16, in 16 bits; those of a NaN if x would round to infinity.
fn canonical_half_bits(x: f32) -> u32 {
    let magnitude = bitcast<u32>(x) & 0x7fffffffu;
    let subnormal = magnitude < 0x38800000u; // 2^-14: counted in units of 2^-24, else in those of its last bit
    let digits = select(magnitude, (magnitude & 0x7fffffu) | 0x800000u, subnormal);
    let shift = select(13u, min(126u - (magnitude >> 23u), 25u), subnormal);
    let rounded = (digits + (1u << (shift - 1u)) - 1u + ((digits >> shift) & 1u)) >> shift;
    let bits = select(rounded - 0x1c000u, rounded, subnormal);
    let kept = select(bits | ((bitcast<u32>(x) >> 16u) & 0x8000u), 0u, bits == 0u);
    return select(kept, 0x7e00u, magnitude >= 0x477ff000u);
}

// x rounded to binary16 and widened again; NaN if x would round to infinity.
fn canonical_half(x: f32) -> f32 {
    return widened(canonical_half_bits(x));
}
