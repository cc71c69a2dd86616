// The heads of attention. A work-group takes a row of a sequence: `split` moves its words from heads side by side to
// heads one after another, `merge` back. An invocation's words are GROUP apart.
//
// buffers     split: x[batch][n][heads][d], y[batch][heads][n][d]; merge: the other way round
// parameters  rows: batch·n; heads, n, d; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { rows: u32, heads: u32, n: u32, d: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// The first word of a head's part of a row, where heads lie side by side.
fn beside(row: u32, head: u32) -> u32 { return (row * parameters.heads + head) * parameters.d; }

// The same where heads lie one after another.
fn after(row: u32, head: u32) -> u32 {
    let first = (row / parameters.n * parameters.heads + head) * parameters.n;
    return (first + row % parameters.n) * parameters.d;
}

@compute @workgroup_size(GROUP)
fn split(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    for (var head = 0u; head < parameters.heads; head++) {
        let x_first = beside(row, head);
        let y_first = after(row, head);
        for (var i = item; i < parameters.d; i += GROUP) { y[y_first + i] = x[x_first + i]; }
    }
}

@compute @workgroup_size(GROUP)
fn merge(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    for (var head = 0u; head < parameters.heads; head++) {
        let x_first = after(row, head);
        let y_first = beside(row, head);
        for (var i = item; i < parameters.d; i += GROUP) { y[y_first + i] = x[x_first + i]; }
    }
}
