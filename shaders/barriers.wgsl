// For comparison only: the canonical f32 dense layer as textbooks write it, with a barrier at each level of the tree.
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements per row of W, +0 beyond the columns; activation: 0 for none, 1 for relu; zero: 0
// constants   GROUP: 32 invocations, which compute one row; BLOCK: the longest row (4096)

struct Parameters { rows: u32, stride: u32, activation: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> shared_lanes: array<f32, 64>;

@compute @workgroup_size(GROUP)
fn barriers(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    let start = row * parameters.stride;
    var low = 0.0;
    var high = 0.0;
    for (var k = item; k < parameters.stride; k += 64u) {
        low = add(low, mul(weights[start + k], x[k]));
        if (k + 32u < parameters.stride) { high = add(high, mul(weights[start + k + 32u], x[k + 32u])); }
    }
    shared_lanes[item] = low;
    shared_lanes[item + 32u] = high;
    for (var s = 32u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { shared_lanes[item] = add(shared_lanes[item], shared_lanes[item + s]); }
    }
    if (item == 0u) {
        let sum = add(shared_lanes[0], bias[row]);
        y[row] = select(sum, select(0.0, sum, sum > 0.0), parameters.activation != 0u);
    }
}
