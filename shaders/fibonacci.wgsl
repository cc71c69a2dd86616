// The first numbers of Fibonacci's sequence modulo 2^32: every invocation computes its first two numbers by doubling,
// and the others by addition.
//
// buffers     first[2]: the first two numbers of the sequence; y[n]
// parameters  n; share: numbers per invocation; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, share: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> first: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn fibonacci(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
             @builtin(local_invocation_index) item: u32) {
    let start = (linear_group(group, groups) * GROUP + item) * parameters.share;
    // F(k) and F(k + 1) of the sequence that begins with 0 and 1, where k takes over the bits of `start`, high to low.
    var a = 0u;
    var b = 1u;
    for (var bit = 32u; bit > 0u; bit--) {
        let even = a * (2u * b - a);
        let odd = a * a + b * b;
        let one = (start >> (bit - 1u) & 1u) != 0u;
        a = select(even, odd, one);
        b = select(odd, even + odd, one);
    }
    var next = first[0] * (b - a) + first[1] * a;
    var after = first[0] * a + first[1] * b;
    for (var i = start; i < min(start + parameters.share, parameters.n); i++) {
        y[i] = next;
        let sum = next + after;
        next = after;
        after = sum;
    }
}
