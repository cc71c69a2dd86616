// The canonical sum of NUMERICS.md section 2, for dtypes whose sums are f32: 64 lanes, a halving tree, blocks.
//
// constants   BLOCK: elements summed before a new accumulation starts (4096); PER_WORD: weights per word (f32 1, f16
//             2); LONG: 1 if a row is longer than one block
//
// The 64 lanes are eight pairs of vec4. lane[i] + lane[i+s] adds whole pairs for s = 32, 16, 8.

alias Total = f32;          // a dot, a bias, a logit
alias Partial = vec4<f32>;  // four of the 64 lanes: the share of one of sixteen invocations
alias Sums = vec4<f32>;     // of an invocation's four rows, so that each load of x serves four
struct Pair { low: vec4<f32>, high: vec4<f32> }

const BLOCK_VECTORS = BLOCK / PER_WORD / 4u;
const PAIR_VECTORS = 2u / PER_WORD;  // the vectors of words that hold the weights of a pair

fn sum(a: Pair, b: Pair) -> Pair { return Pair(settled4(a.low + b.low), settled4(a.high + b.high)); }

fn tree(a: Pair, b: Pair, c: Pair, d: Pair, e: Pair, f: Pair, g: Pair, h: Pair) -> f32 {
    let all = sum(sum(sum(a, e), sum(c, g)), sum(sum(b, f), sum(d, h)));
    let four = settled4(all.low + all.high);
    return add(add(four.x, four.z), add(four.y, four.w));
}

// The dots of `n` vectors from `start`, at most a block, of four rows; the first vectors of the rows are `row`. Each
// pass computes one pair of the lanes: more accumulators would not stay in registers.
fn block_dots(row: vec4<u32>, start: u32, n: u32) -> Sums {
    let end = start + n;
    let a = pair_dots(row, start, end);
    let b = pair_dots(row, start + PAIR_VECTORS, end);
    let c = pair_dots(row, start + 2u * PAIR_VECTORS, end);
    let d = pair_dots(row, start + 3u * PAIR_VECTORS, end);
    let e = pair_dots(row, start + 4u * PAIR_VECTORS, end);
    let f = pair_dots(row, start + 5u * PAIR_VECTORS, end);
    let g = pair_dots(row, start + 6u * PAIR_VECTORS, end);
    let h = pair_dots(row, start + 7u * PAIR_VECTORS, end);
    return Sums(tree(a[0], b[0], c[0], d[0], e[0], f[0], g[0], h[0]),
                tree(a[1], b[1], c[1], d[1], e[1], f[1], g[1], h[1]),
                tree(a[2], b[2], c[2], d[2], e[2], f[2], g[2], h[2]),
                tree(a[3], b[3], c[3], d[3], e[3], f[3], g[3], h[3]));
}

// The dots of four whole rows. Block results are reduced in the same way: block j goes to lane j mod 64.
fn row_dots(row: vec4<u32>, vectors: u32) -> Sums {
    if (LONG == 0u) { return block_dots(row, 0u, vectors); }
    var lanes: array<Sums, 64>;
    for (var j = 0u; j * BLOCK_VECTORS < vectors; j++) {
        let start = j * BLOCK_VECTORS;
        lanes[j % 64u] = settled4(lanes[j % 64u] + block_dots(row, start, min(BLOCK_VECTORS, vectors - start)));
    }
    for (var s = 32u; s > 0u; s /= 2u) {
        for (var i = 0u; i < s; i++) { lanes[i] = settled4(lanes[i] + lanes[i + s]); }
    }
    return lanes[0];
}

// The sum of the shares of sixteen invocations, the first of which is `item`.
fn gathered(item: u32) -> f32 {
    return tree(shared_pair(item), shared_pair(item + 2u), shared_pair(item + 4u), shared_pair(item + 6u),
                shared_pair(item + 8u), shared_pair(item + 10u), shared_pair(item + 12u), shared_pair(item + 14u));
}

fn shared_pair(item: u32) -> Pair { return Pair(shared_partials[item], shared_partials[item + 1u]); }

// `sums` with the result of block j added to its lane, for the invocation that holds that lane.
fn with_block(sums: vec4<f32>, result: f32, j: u32) -> vec4<f32> {
    return settled4(sums + select(vec4<f32>(), vec4<f32>(result), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(j % 4u)));
}

// Stores rows `first` to `first` + 3, as far as they exist.
fn keep(first: u32, sums: Sums) {
    for (var i = 0u; i < min(4u, parameters.rows - first); i++) {
        let v = add(sums[i], bias[first + i]);
        if (parameters.activation == 0u) { y[first + i] = bitcast<u32>(v); } else { y[first + i] = bitcast<u32>(activated(v)); }
    }
}
