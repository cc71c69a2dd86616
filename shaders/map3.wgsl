// y[i] = f(a[i], b[i], c[i]) for a function of three operands. Needs `basic`.
//
// buffers     a[n], b[n], c[n], y[n]
// parameters  n; rounds: elements per invocation; zero: 0
// constants   GROUP: invocations per work-group; FUNCTION: the function's number in paragon_tui/arithmetic/functions.py

struct Parameters { n: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

fn ternary_function(a: f32, b: f32, c: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_fma(a, b, c); }
        default: { return a; }
    }
}

@compute @workgroup_size(GROUP)
fn ternary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    var i = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        y[i] = ternary_function(a[i], b[i], c[i]);
        i += GROUP;
    }
}
