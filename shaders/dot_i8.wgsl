// The dot of int8 weights, four per word, and int8 activations of 0 to 127: the integer tier, exact in any order.

alias Total = i32;         // a dot, a bias, a logit
alias Partial = i32;       // the share of one of sixteen invocations
alias Sums = vec4<i32>;    // of an invocation's four rows: one word of the next layer's input

@group(0) @binding(0) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<u32>>;

const BLOCK_VECTORS = BLOCK / PER_WORD / 4u;

fn products(w: vec4<u32>, v: vec4<u32>) -> i32 {
    return (dot4I8Packed(w.x, v.x) + dot4I8Packed(w.y, v.y)) + (dot4I8Packed(w.z, v.z) + dot4I8Packed(w.w, v.w));
}

// The dots of four rows of `vectors` vectors of words; the first vectors of the rows are `row`.
fn row_dots(row: vec4<u32>, vectors: u32) -> Sums {
    var acc = Sums();
    for (var v = 0u; v < vectors; v += 4u) {
        let x0 = x[v];
        let x1 = x[v + 1u];
        let x2 = x[v + 2u];
        let x3 = x[v + 3u];
        acc.x += products(weights[row.x + v], x0) + products(weights[row.x + v + 1u], x1)
               + products(weights[row.x + v + 2u], x2) + products(weights[row.x + v + 3u], x3);
        acc.y += products(weights[row.y + v], x0) + products(weights[row.y + v + 1u], x1)
               + products(weights[row.y + v + 2u], x2) + products(weights[row.y + v + 3u], x3);
        acc.z += products(weights[row.z + v], x0) + products(weights[row.z + v + 1u], x1)
               + products(weights[row.z + v + 2u], x2) + products(weights[row.z + v + 3u], x3);
        acc.w += products(weights[row.w + v], x0) + products(weights[row.w + v + 1u], x1)
               + products(weights[row.w + v + 2u], x2) + products(weights[row.w + v + 3u], x3);
    }
    return acc;
}

// The share of invocation `item` of sixteen: every sixteenth of `n` vectors. Unrolled, so that loads overlap.
fn item_dot(row: u32, start: u32, n: u32, item: u32) -> i32 {
    var acc = 0i;
    var v = start + item;
    for (; v + 16u < start + n; v += 32u) {
        acc += products(weights[row + v], x[v]) + products(weights[row + v + 16u], x[v + 16u]);
    }
    if (v < start + n) { acc += products(weights[row + v], x[v]); }
    return acc;
}

// The sum of the shares of sixteen invocations, the first of which is `item`.
fn gathered(item: u32) -> i32 {
    var sum = 0i;
    for (var i = 0u; i < 16u; i++) { sum += shared_partials[item + i]; }
    return sum;
}

// `sums` with the result of block j added.
fn with_block(sums: i32, result: i32, j: u32) -> i32 { return sums + result; }

// Stores rows `first` to `first` + 3, as far as they exist.
fn keep(first: u32, sums: Sums) {
    let shift = parameters.activation;
    var word = 0u;
    for (var i = 0u; i < min(4u, parameters.rows - first); i++) {
        let v = sums[i] + bias[first + i];
        if (shift == 0u) { y[first + i] = bitcast<u32>(v); } else { word |= activated(v, shift) << (8u * i); }
    }
    if (shift != 0u) { y[first / 4u] = word; }
}

// An element of the next layer's input: shifted, rounded half up, at most 127.
fn activated(sum: i32, shift: u32) -> u32 {
    let positive = max(sum, 0);
    return u32(min(127, (positive >> shift) + ((positive >> (shift - 1u)) & 1))); // half up, within 32 bits
}
