// p = softmax(x) or log_softmax(x) of one row whose largest element and sum of exponentials are known, one element per
// invocation. Needs `softmax_terms`.
//
// buffers     x[n], most[1], sum[1], p[n]
// parameters  n; zero: 0
// constants   GROUP: invocations per work-group; KIND as in `softmax_terms`

struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> most: array<f32>;
@group(0) @binding(2) var<storage, read> exponentials: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn outputs(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) item: u32) {
    let i = linear_group(group, groups) * GROUP + item;
    if (i < parameters.n) { p[i] = normalised(KIND, x[i], most[0], normaliser(KIND, exponentials[0])); }
}
