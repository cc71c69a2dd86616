// y[i] = f(a[i], b[i]) for a function of two operands. Needs `rounding` and `basic`. `map`, `map2` and `map3` are
// separate files, since in WGSL the parameter block has one binding per module, after all buffers.
//
// buffers     a[n], b[n], y[n]
// parameters  n; rounds: elements per invocation; zero: 0
// constants   GROUP: invocations per work-group; FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

struct Parameters { n: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

fn binary_function(a: f32, b: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_divide(a, b); }
        case 1u: { return canonical_add(a, b); }
        case 2u: { return canonical_sub(a, b); }
        case 3u: { return canonical_mul(a, b); }
        case 4u: { return canonical_lerp(a, b); }
        default: { return a; }
    }
}

@compute @workgroup_size(GROUP)
fn binary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    var i = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        y[i] = binary_function(a[i], b[i]);
        i += GROUP;
    }
}
