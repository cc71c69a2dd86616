// Every row of y is x; a work-group writes one row. An invocation's words are GROUP apart, so that a work-group
// accesses neighbouring words; in a work-group of one invocation they are a loop that the compiler can vectorise.
//
// buffers     x[words], y[rows·words]
// parameters  rows; words: per row; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { rows: u32, words: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn broadcast(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
             @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    let there = row * parameters.words;
    for (var i = item; i < parameters.words; i += GROUP) { y[there + i] = x[i]; }
}
