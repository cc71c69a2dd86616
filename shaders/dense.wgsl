// y = W x + b, then relu where asked: the canonical dot of NUMERICS.md section 2 (64 lanes, halving tree).
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements of a row of W, a multiple of 8, +0 past the columns; relu: 0 or 1; zero: 0
// constants   GROUP: invocations a work-group; BLOCK: elements summed before a new accumulation starts (4096)
//
// The 64 lanes are sixteen vec4: lane[i] + lane[i+s] for s = 32, 16, 8, 4 are adds of whole vectors.

struct Parameters { rows: u32, stride: u32, relu: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

alias Lanes = array<vec4<f32>, 16>;

fn tree(lanes: Lanes) -> f32 {
    let a0 = settled4(lanes[0] + lanes[8]);
    let a1 = settled4(lanes[1] + lanes[9]);
    let a2 = settled4(lanes[2] + lanes[10]);
    let a3 = settled4(lanes[3] + lanes[11]);
    let a4 = settled4(lanes[4] + lanes[12]);
    let a5 = settled4(lanes[5] + lanes[13]);
    let a6 = settled4(lanes[6] + lanes[14]);
    let a7 = settled4(lanes[7] + lanes[15]);
    let b0 = settled4(settled4(a0 + a4) + settled4(a2 + a6));
    let b1 = settled4(settled4(a1 + a5) + settled4(a3 + a7));
    let c = settled4(b0 + b1);
    return add(add(c.x, c.z), add(c.y, c.w));
}

fn product(w: u32, v: u32) -> vec4<f32> {
    return guarded4(weights[w] * x[v]);
}

// `end - start` vectors (at most BLOCK/4) of the row whose first vector is `row`.
fn block_dot(row: u32, start: u32, end: u32) -> f32 {
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    var a4 = vec4<f32>();
    var a5 = vec4<f32>();
    var a6 = vec4<f32>();
    var a7 = vec4<f32>();
    var a8 = vec4<f32>();
    var a9 = vec4<f32>();
    var a10 = vec4<f32>();
    var a11 = vec4<f32>();
    var a12 = vec4<f32>();
    var a13 = vec4<f32>();
    var a14 = vec4<f32>();
    var a15 = vec4<f32>();
    var v = start;
    // Unrolled by sixteen: every loop iteration and every access costs a bounds check.
    for (; v + 16u <= end; v += 16u) {
        a0 = settled4(a0 + product(row + v, v));
        a1 = settled4(a1 + product(row + v + 1u, v + 1u));
        a2 = settled4(a2 + product(row + v + 2u, v + 2u));
        a3 = settled4(a3 + product(row + v + 3u, v + 3u));
        a4 = settled4(a4 + product(row + v + 4u, v + 4u));
        a5 = settled4(a5 + product(row + v + 5u, v + 5u));
        a6 = settled4(a6 + product(row + v + 6u, v + 6u));
        a7 = settled4(a7 + product(row + v + 7u, v + 7u));
        a8 = settled4(a8 + product(row + v + 8u, v + 8u));
        a9 = settled4(a9 + product(row + v + 9u, v + 9u));
        a10 = settled4(a10 + product(row + v + 10u, v + 10u));
        a11 = settled4(a11 + product(row + v + 11u, v + 11u));
        a12 = settled4(a12 + product(row + v + 12u, v + 12u));
        a13 = settled4(a13 + product(row + v + 13u, v + 13u));
        a14 = settled4(a14 + product(row + v + 14u, v + 14u));
        a15 = settled4(a15 + product(row + v + 15u, v + 15u));
    }
    let rest = end - v;
    if (rest > 0u) { a0 = settled4(a0 + product(row + v, v)); }
    if (rest > 1u) { a1 = settled4(a1 + product(row + v + 1u, v + 1u)); }
    if (rest > 2u) { a2 = settled4(a2 + product(row + v + 2u, v + 2u)); }
    if (rest > 3u) { a3 = settled4(a3 + product(row + v + 3u, v + 3u)); }
    if (rest > 4u) { a4 = settled4(a4 + product(row + v + 4u, v + 4u)); }
    if (rest > 5u) { a5 = settled4(a5 + product(row + v + 5u, v + 5u)); }
    if (rest > 6u) { a6 = settled4(a6 + product(row + v + 6u, v + 6u)); }
    if (rest > 7u) { a7 = settled4(a7 + product(row + v + 7u, v + 7u)); }
    if (rest > 8u) { a8 = settled4(a8 + product(row + v + 8u, v + 8u)); }
    if (rest > 9u) { a9 = settled4(a9 + product(row + v + 9u, v + 9u)); }
    if (rest > 10u) { a10 = settled4(a10 + product(row + v + 10u, v + 10u)); }
    if (rest > 11u) { a11 = settled4(a11 + product(row + v + 11u, v + 11u)); }
    if (rest > 12u) { a12 = settled4(a12 + product(row + v + 12u, v + 12u)); }
    if (rest > 13u) { a13 = settled4(a13 + product(row + v + 13u, v + 13u)); }
    if (rest > 14u) { a14 = settled4(a14 + product(row + v + 14u, v + 14u)); }
    return tree(Lanes(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15));
}

fn tree_of_blocks(blocks: array<f32, 64>) -> f32 {
    var sums = blocks;
    var lanes: Lanes;
    for (var i = 0u; i < 16u; i++) {
        lanes[i] = vec4<f32>(sums[4u * i], sums[4u * i + 1u], sums[4u * i + 2u], sums[4u * i + 3u]);
    }
    return tree(lanes);
}

fn store(row: u32, sum: f32) {
    let v = add(sum, bias[row]);
    y[row] = select(v, select(0.0, v, v > 0.0), parameters.relu != 0u);
}

// One invocation a row: for CPUs, where an invocation is one lane of a vector instruction.
@compute @workgroup_size(GROUP)
fn rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups) * GROUP + item;
    if (row >= parameters.rows) { return; }
    let vectors = parameters.stride / 4u;
    if (parameters.stride <= BLOCK) {
        store(row, block_dot(row * vectors, 0u, vectors));
        return;
    }
    // The block results are reduced like any other vector: block j goes to lane j mod 64.
    var blocks: array<f32, 64>;
    var j = 0u;
    for (var start = 0u; start < vectors; start += BLOCK / 4u) {
        let sum = block_dot(row * vectors, start, min(start + BLOCK / 4u, vectors));
        blocks[j % 64u] = add(blocks[j % 64u], sum);
        j++;
    }
    store(row, tree_of_blocks(blocks));
}

var<workgroup> shared_lanes: array<vec4<f32>, GROUP>;

// Sixteen invocations a row, four lanes each: for GPUs, whose neighbours read neighbouring addresses.
@compute @workgroup_size(GROUP)
fn lanes(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let lane = item % 16u;
    let row = linear_group(group, groups) * (GROUP / 16u) + item / 16u;
    let vectors = parameters.stride / 4u;
    let base = min(row, parameters.rows - 1u) * vectors;
    var blocks: array<f32, 64>;
    var sum = 0.0;
    var j = 0u;
    for (var start = 0u; start < vectors; start += BLOCK / 4u) {
        let end = min(start + BLOCK / 4u, vectors);
        var acc = vec4<f32>();
        for (var v = start + lane; v < end; v += 16u) { acc = settled4(acc + product(base + v, v)); }
        shared_lanes[item] = acc;
        workgroupBarrier();
        if (lane == 0u) {
            var all: Lanes;
            for (var i = 0u; i < 16u; i++) { all[i] = shared_lanes[item + i]; }
            sum = tree(all);
            blocks[j % 64u] = add(blocks[j % 64u], sum);
        }
        workgroupBarrier();
        j++;
    }
    if (lane != 0u || row >= parameters.rows) { return; }
    if (parameters.stride > BLOCK) { sum = tree_of_blocks(blocks); }
    store(row, sum);
}
