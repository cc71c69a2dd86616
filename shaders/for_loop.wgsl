// Contractions as textbooks write them: an invocation takes a row and computes its outputs one after another. Needs
// `depth_first`, a products part and `epilogue`.
//
// buffers     a, b: an element of matrix m at offset + m·matrix + line·along + k·down; extra, y: an element at offset +
//             m·matrix + r·along + c·down
// parameters  matrices; rows, depth, columns; ones: 1 if b has one more column, all ones; offset, matrix, along, down
//             of a, b, extra and y; kind, least as in `epilogue`; zero: 0
// constants   GROUP: invocations per work-group; BLOCK: 4096

struct Parameters {
    matrices: u32, rows: u32, depth: u32, columns: u32, ones: u32,
    a_offset: u32, a_matrix: u32, a_along: u32, a_down: u32, b_offset: u32, b_matrix: u32, b_along: u32, b_down: u32,
    extra_offset: u32, extra_matrix: u32, extra_along: u32, extra_down: u32,
    y_offset: u32, y_matrix: u32, y_along: u32, y_down: u32, kind: u32, least: u32, zero: u32
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> extra: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const LEVELS = 12u;  // of the tree: 6 for one block, 12 for up to 64 blocks

// The leaves of the tree are the lanes of blocks of 4096; the blocks are the lanes of a last reduction.
fn dot_of(m: u32, r: u32, c: u32) -> f32 {
    let line = parameters.a_offset + m * parameters.a_matrix + r * parameters.a_along;
    let column = parameters.b_offset + m * parameters.b_matrix + c * parameters.b_along;
    let leaves = select(64u, 4096u, parameters.depth > BLOCK);
    var waiting: array<f32, LEVELS>;
    var sum = 0.0;
    for (var leaf = 0u; leaf < leaves; leaf++) {
        let start = lane_of(leaf / 64u) * BLOCK;
        let end = min(start + BLOCK, parameters.depth);
        sum = 0.0;
        for (var k = start + lane_of(leaf % 64u); k < end; k += 64u) {
            var w = 1.0;
            if (c < parameters.columns) { w = b[column + k * parameters.b_down]; }
            sum = plus_product(sum, a[line + k * parameters.a_down], w);
        }
        var level = 0u;
        for (var rest = leaf; (rest & 1u) != 0u; rest >>= 1u) {
            sum = settled(waiting[level] + sum);
            level++;
        }
        if (level < LEVELS) { waiting[level] = sum; }
    }
    return sum;
}

@compute @workgroup_size(GROUP)
fn for_loop(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    let m = id / parameters.rows;
    let r = id % parameters.rows;
    if (m >= parameters.matrices) { return; }
    let extra_line = parameters.extra_offset + m * parameters.extra_matrix + r * parameters.extra_along;
    let y_line = parameters.y_offset + m * parameters.y_matrix + r * parameters.y_along;
    for (var c = 0u; c < parameters.columns + parameters.ones; c++) {
        var with_it = 0.0;
        if (parameters.kind != PLAIN) { with_it = extra[extra_line + c * parameters.extra_down]; }
        y[y_line + c * parameters.y_down] = epilogue(dot_of(m, r, c), with_it, parameters.kind, parameters.least);
    }
}
