// y[i] = f(x[i]) for one elementary function, and y[i] = f(a[i], b[i]).
//
// buffers     unary: x[n], y[n]; binary: a[n], b[n], y[n]
// parameters  n; zero: 0
// constants   GROUP: invocations a work-group; FUNCTION: its number in suites/… (the order of the cases below)

struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn unary_function(x: f32) -> f32 {
    switch (FUNCTION) {
        case 0u: { return canonical_exp(x); }
        default: { return x; }
    }
}

@compute @workgroup_size(GROUP)
fn unary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let i = linear_group(group, groups) * GROUP + item;
    if (i < parameters.n) { y[i] = unary_function(x[i]); }
}
