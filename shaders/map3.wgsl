// y[i] = f(a[i], b[i], c[i]) for a function of three operands. Needs a part that defines `ternary_function`.
//
// buffers     a[n], b[n], c[n], y[n]
// parameters  n; rounds: elements per invocation; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn ternary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    var i = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        y[i] = ternary_function(a[i], b[i], c[i]);
        i += GROUP;
    }
}
