// The dot of f16 weights, two per word, and activations rounded to f16, of the exact tier.
//
// Of 64 words, the low halves are 64 elements and the high halves the next 64. A half's bits, moved to their places in
// an f32, are its value times 2^-112, a normal f32 (subnormal halves do not occur); so the activations are stored times
// 2^112, which is below 2^128. The products are the true ones and exact, so fusing them into the addition changes
// nothing.

@group(0) @binding(0) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

fn high(words: vec4<u32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(bitcast<vec4<i32>>(words) >> vec4<u32>(3u)) & vec4<u32>(0x8fffe000u));
}

fn low(words: vec4<u32>) -> vec4<f32> { return high(words << vec4<u32>(16u)); }

// The index of the vector of x that belongs to the low halves of vector `v` of a row.
fn x_index(v: u32) -> u32 { return 2u * v - v % 16u; }

// `acc` plus the products of the vectors of words `v` and `v` + 1; `x0` belongs to their low halves, `x1` to the high.
fn with_words(acc: Pair, v: u32, x0: Pair, x1: Pair) -> Pair {
    let a = weights[v];
    let b = weights[v + 1u];
    return Pair(settled4(settled4(acc.low + low(a) * x0.low) + high(a) * x1.low),
                settled4(settled4(acc.high + low(b) * x0.high) + high(b) * x1.high));
}

fn pair_dots(row: vec4<u32>, first: u32, end: u32) -> array<Pair, 4> {
    var a = Pair();
    var b = Pair();
    var c = Pair();
    var d = Pair();
    for (var v = first; v < end; v += 16u) {
        let k = x_index(v);
        let x0 = Pair(x[k], x[k + 1u]);
        let x1 = Pair(x[k + 16u], x[k + 17u]);
        a = with_words(a, row.x + v, x0, x1);
        b = with_words(b, row.y + v, x0, x1);
        c = with_words(c, row.z + v, x0, x1);
        d = with_words(d, row.w + v, x0, x1);
    }
    return array<Pair, 4>(a, b, c, d);
}

// The share of invocation `item` of sixteen: its four lanes of `n` vectors. Unrolled, so that loads overlap.
fn item_dot(row: u32, start: u32, n: u32, item: u32) -> vec4<f32> {
    var acc = vec4<f32>();
    var v = start + item;
    for (; v + 16u < start + n; v += 32u) {
        let k = x_index(v);
        let a = weights[row + v];
        let b = weights[row + v + 16u];
        let x0 = x[k];
        let x1 = x[k + 16u];
        let x2 = x[k + 32u];
        let x3 = x[k + 48u];
        acc = settled4(settled4(acc + low(a) * x0) + high(a) * x1);
        acc = settled4(settled4(acc + low(b) * x2) + high(b) * x3);
    }
    if (v < start + n) {
        let k = x_index(v);
        acc = settled4(settled4(acc + low(weights[row + v]) * x[k]) + high(weights[row + v]) * x[k + 16u]);
    }
    return acc;
}
