// The rows of y are by turns `run` rows of left and as many of right; a work-group writes one row. An invocation's words
// are GROUP apart, so that a work-group accesses neighbouring words; in a work-group of one invocation they are a loop
// that the compiler can vectorise.
//
// buffers     left[rows/2·words], right[rows/2·words], y[rows·words]
// parameters  rows: of y; run; words: per row; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { rows: u32, run: u32, words: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> left: array<u32>;
@group(0) @binding(1) var<storage, read> right: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn stack(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    let run = parameters.run;
    let here = (row / (2u * run) * run + row % run) * parameters.words;
    let there = row * parameters.words;
    if (row / run % 2u == 0u) {
        for (var i = item; i < parameters.words; i += GROUP) { y[there + i] = left[here + i]; }
    } else {
        for (var i = item; i < parameters.words; i += GROUP) { y[there + i] = right[here + i]; }
    }
}
