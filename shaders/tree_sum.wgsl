// The sum modulo 2^32 of the leaves of a tree, which are computed here: leaf i is the root plus one for each right turn
// on the way to it, that is for each one bit of i. Needs `group_sum`.
//
// buffers     `leaves`: root[1], parts: one per work-group; `sums`: parts[n], y[1]
// parameters  n: the number of leaves, or of parts; share: leaves per invocation; zero: 0
// constants   GROUP: invocations per work-group, a power of two; WIDTH: 1

struct Parameters { n: u32, share: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> summands: array<u32>;
@group(0) @binding(1) var<storage, read_write> totals: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn leaves(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let index = linear_group(group, groups);
    let first = (index * GROUP + item) * parameters.share;
    var sum = 0u;
    for (var i = first; i < min(first + parameters.share, parameters.n); i++) { sum += summands[0] + countOneBits(i); }
    sum = folded(item, sum);
    if (item == 0u && index < arrayLength(&totals)) { totals[index] = sum; }
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(local_invocation_index) item: u32) {
    var sum = 0u;
    for (var i = item; i < parameters.n; i += GROUP) { sum += summands[i]; }
    sum = folded(item, sum);
    if (item == 0u) { totals[0] = sum; }
}
