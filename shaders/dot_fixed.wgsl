// The dot of fixed-point numbers, whole thousandths, one per word: exact in any order, since every sum fits 32 bits. A
// sum of products is divided by 1000 and rounded half up before the bias is added.

alias Total = i32;         // a dot, a bias, a result
alias Partial = i32;       // the share of one of sixteen invocations
alias Sums = vec4<i32>;    // of an invocation's four rows

@group(0) @binding(0) var<storage, read> weights: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<i32>>;

const BLOCK_VECTORS = BLOCK / PER_WORD / 4u;

fn total(v: vec4<i32>) -> i32 { return (v.x + v.y) + (v.z + v.w); }

// The dots of four rows of `vectors` vectors; the first vectors of the rows are `row`.
fn row_dots(row: vec4<u32>, vectors: u32) -> Sums {
    var a = vec4<i32>();
    var b = vec4<i32>();
    var c = vec4<i32>();
    var d = vec4<i32>();
    for (var v = 0u; v < vectors; v++) {
        a += weights[row.x + v] * x[v];
        b += weights[row.y + v] * x[v];
        c += weights[row.z + v] * x[v];
        d += weights[row.w + v] * x[v];
    }
    return Sums(total(a), total(b), total(c), total(d));
}

// The share of invocation `item` of sixteen: every sixteenth of `n` vectors.
fn item_dot(row: u32, start: u32, n: u32, item: u32) -> i32 {
    var acc = vec4<i32>();
    for (var v = start + item; v < start + n; v += 16u) { acc += weights[row + v] * x[v]; }
    return total(acc);
}

// The sum of the shares of sixteen invocations, the first of which is `item`.
fn gathered(item: u32) -> i32 {
    var sum = 0i;
    for (var i = 0u; i < 16u; i++) { sum += shared_partials[item + i]; }
    return sum;
}

// `sums` with the result of block j added.
fn with_block(sums: i32, result: i32, j: u32) -> i32 { return sums + result; }

// Only the division of numbers that are not negative is the same everywhere, hence OFFSET: every sum is at least
// -OFFSET and below 2^32 - OFFSET.
const OFFSET = 2147484000u;

// Stores rows `first` to `first` + 3, as far as they exist.
fn keep(first: u32, sums: Sums) {
    for (var i = 0u; i < min(4u, parameters.rows - first); i++) {
        let rounded = i32((bitcast<u32>(sums[i]) + 500u + OFFSET) / 1000u) - i32(OFFSET / 1000u);
        let v = rounded + bias[first + i];
        y[first + i] = bitcast<u32>(select(v, max(v, 0), parameters.activation != 0u));
    }
}
