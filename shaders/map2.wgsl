// y[i] = f(a[i], b[i]) for a function of two operands. Needs a part that defines `binary_function`. `map`, `map2` and
// `map3` are separate files, since in WGSL the parameter block has one binding per module, after all buffers.
//
// buffers     a[n], b[n], y[n]
// parameters  n; rounds: elements per invocation; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn binary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    var i = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        y[i] = binary_function(a[i], b[i]);
        i += GROUP;
    }
}
