// The dot of f16 weights, two per word, and activations rounded to f16, of the exact tier. Products are exact, so
// fusing them into the addition changes nothing. Halves are widened as in `rounding`, but for infinity and NaN, which
// the host refuses.

@group(0) @binding(0) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

// The high halves of words, widened.
fn high(words: vec4<u32>) -> vec4<f32> {
    let v = bitcast<vec4<f32>>(((words >> vec4<u32>(3u)) & vec4<u32>(0x0fffe000u)) + vec4<u32>(0x38000000u));
    let magnitude = min(v, 2.0 * v - vec4<f32>(bitcast<f32>(0x38800000u)));
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(magnitude) | (words & vec4<u32>(0x80000000u)));
}

fn low(words: vec4<u32>) -> vec4<f32> { return high(words << vec4<u32>(16u)); }

// `acc` plus the products of vector `v` of words; the elements of x are those at even places, and those at odd ones.
fn with_words(acc: Pair, v: u32, even: vec4<f32>, odd: vec4<f32>) -> Pair {
    let words = weights[v];
    return Pair(settled4(acc.low + low(words) * even), settled4(acc.high + high(words) * odd));
}

// Eight lanes, of which even and odd ones are separate, in their order.
fn in_order(a: Pair) -> Pair {
    return Pair(vec4<f32>(a.low.x, a.high.x, a.low.y, a.high.y), vec4<f32>(a.low.z, a.high.z, a.low.w, a.high.w));
}

fn pair_dots(row: vec4<u32>, first: u32, end: u32) -> array<Pair, 4> {
    var a = Pair();
    var b = Pair();
    var c = Pair();
    var d = Pair();
    for (var v = first; v < end; v += 8u) {
        let x0 = x[2u * v];
        let x1 = x[2u * v + 1u];
        let even = vec4<f32>(x0.x, x0.z, x1.x, x1.z);
        let odd = vec4<f32>(x0.y, x0.w, x1.y, x1.w);
        a = with_words(a, row.x + v, even, odd);
        b = with_words(b, row.y + v, even, odd);
        c = with_words(c, row.z + v, even, odd);
        d = with_words(d, row.w + v, even, odd);
    }
    return array<Pair, 4>(in_order(a), in_order(b), in_order(c), in_order(d));
}

// The products of four elements, the half of vector `v` that is invocation `item`'s.
fn four_products(row: u32, v: u32, item: u32) -> vec4<f32> {
    let words = weights[row + v];
    let mine = select(words.xxyy, words.zzww, item % 2u == 1u);
    return high(mine << vec4<u32>(16u, 0u, 16u, 0u)) * x[2u * v + item % 2u];
}

// The share of invocation `item` of sixteen: its four lanes of `n` vectors. Unrolled, so that loads overlap.
fn item_dot(row: u32, start: u32, n: u32, item: u32) -> vec4<f32> {
    var acc = vec4<f32>();
    var v = start + item / 2u;
    for (; v + 24u < start + n; v += 32u) {
        let a = four_products(row, v, item);
        let b = four_products(row, v + 8u, item);
        let c = four_products(row, v + 16u, item);
        let d = four_products(row, v + 24u, item);
        acc = settled4(settled4(settled4(settled4(acc + a) + b) + c) + d);
    }
    for (; v < start + n; v += 8u) { acc = settled4(acc + four_products(row, v, item)); }
    return acc;
}
