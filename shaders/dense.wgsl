// One dense layer, y = W x + b, then the activation. Needs a dot part, which defines how rows are summed and stored.
//
// buffers     weights[rows][stride], bias[rows], x[columns, padded with +0 to a multiple of 128], y[rows]
// parameters  rows; stride: words per row of W, +0 beyond the columns; activation: 0 for none, else relu, and for i8
//             its shift; zero: 0
// constants   GROUP: invocations per work-group; BLOCK, PER_WORD, LONG as in `canonical`

struct Parameters { rows: u32, stride: u32, activation: u32, zero: u32 }

@group(0) @binding(1) var<storage, read> bias: array<Total>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// Four rows per invocation: for CPUs, where an invocation is one lane of a vector instruction.
@compute @workgroup_size(GROUP)
fn rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let first = (linear_group(group, groups) * GROUP + item) * 4u;
    if (first >= parameters.rows) { return; }
    let vectors = parameters.stride / 4u;
    let row = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(parameters.rows - 1u)) * vectors;
    keep(first, row_dots(row, vectors));
}

const GROUP_ROWS = GROUP / 16u;  // a multiple of four
var<workgroup> shared_partials: array<Partial, GROUP>;
var<workgroup> shared_totals: array<Total, GROUP>;

// Sixteen invocations per row, four lanes each: for GPUs, where neighbouring invocations read neighbouring addresses.
@compute @workgroup_size(GROUP)
fn lanes(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) id: u32) {
    let item = id % 16u;
    let first = linear_group(group, groups) * GROUP_ROWS;
    let vectors = parameters.stride / 4u;
    let row = min(first + id / 16u, parameters.rows - 1u) * vectors;
    var sums = Partial();
    var sum = Total();
    var j = 0u;
    for (var start = 0u; start < vectors; start += BLOCK_VECTORS) {
        shared_partials[id] = item_dot(row, start, min(BLOCK_VECTORS, vectors - start), item);
        workgroupBarrier();
        // Block results are lanes of one more sum: the invocation that holds lane j mod 64 adds the result of block j.
        if (item == j % 64u / 4u) {
            sum = gathered(id - item);
            sums = with_block(sums, sum, j);
        }
        workgroupBarrier();
        j++;
    }
    if (LONG != 0u) {
        shared_partials[id] = sums;
        workgroupBarrier();
        if (item == 0u) { sum = gathered(id); }
    }
    if (item == 0u) { shared_totals[id / 16u] = sum; }
    workgroupBarrier();
    // One invocation stores four rows, as in `rows`.
    let four = 4u * id;
    if (four < GROUP_ROWS && first + four < parameters.rows) {
        keep(first + four, Sums(shared_totals[four], shared_totals[four + 1u], shared_totals[four + 2u],
                                shared_totals[four + 3u]));
    }
}
