// For comparison only: the dense layer as it is usually written; the compiler decides how the sum is computed.
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements per row of W; activation: 0 for none, 1 for relu; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { rows: u32, stride: u32, activation: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups) * GROUP + item;
    if (row >= parameters.rows) { return; }
    var acc = 0.0;
    for (var k = 0u; k < parameters.stride; k++) { acc += weights[row * parameters.stride + k] * x[k]; }
    acc += bias[row];
    y[row] = select(acc, max(acc, 0.0), parameters.activation != 0u);
}
