// y = x, sixteen bytes per invocation: for measuring the best bandwidth of a device's memory.
//
// buffers     x[4·n], y[4·n]
// parameters  n; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn copy(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let i = linear_group(group, groups) * GROUP + item;
    if (i < parameters.n) { y[i] = x[i]; }
}
