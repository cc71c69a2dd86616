// The dot of f32 weights, one per word, and f32 activations, of the guarded tier.

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

fn pair_dots(row: vec4<u32>, first: u32, end: u32) -> array<Pair, 4> {
    var a = Pair();
    var b = Pair();
    var c = Pair();
    var d = Pair();
    for (var v = first; v < end; v += 16u) {
        let low = x[v];
        let high = x[v + 1u];
        a.low = settled4(a.low + guarded4(weights[row.x + v] * low));
        a.high = settled4(a.high + guarded4(weights[row.x + v + 1u] * high));
        b.low = settled4(b.low + guarded4(weights[row.y + v] * low));
        b.high = settled4(b.high + guarded4(weights[row.y + v + 1u] * high));
        c.low = settled4(c.low + guarded4(weights[row.z + v] * low));
        c.high = settled4(c.high + guarded4(weights[row.z + v + 1u] * high));
        d.low = settled4(d.low + guarded4(weights[row.w + v] * low));
        d.high = settled4(d.high + guarded4(weights[row.w + v + 1u] * high));
    }
    return array<Pair, 4>(a, b, c, d);
}

fn product(row: u32, v: u32) -> vec4<f32> { return guarded4(weights[row + v] * x[v]); }

// The share of invocation `item` of sixteen: its four lanes of `n` vectors. Unrolled, so that loads overlap.
fn item_dot(row: u32, start: u32, n: u32, item: u32) -> vec4<f32> {
    var acc = vec4<f32>();
    var v = start + item;
    for (; v + 48u < start + n; v += 64u) {
        let a = product(row, v);
        let b = product(row, v + 16u);
        let c = product(row, v + 32u);
        let d = product(row, v + 48u);
        acc = settled4(settled4(settled4(settled4(acc + a) + b) + c) + d);
    }
    for (; v < start + n; v += 16u) { acc = settled4(acc + product(row, v)); }
    return acc;
}

// The next layer's input.
fn activated(sum: f32) -> f32 { return select(0.0, sum, sum > 0.0); }
