// Every row of y is a row of left followed by a row of right; a work-group writes one row. An invocation's words are
// GROUP apart, so that a work-group accesses neighbouring words; in a work-group of one invocation they are a loop that
// the compiler can vectorise.
//
// buffers     left[rows·left_words], right[rows·right_words], y[rows·words]
// parameters  rows; left_words, right_words, words: per row of left, right and y; joined: 1 if the last word of a row
//             of left holds only one half, so that the halves of right move by one, else 0; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { rows: u32, left_words: u32, right_words: u32, words: u32, joined: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> left: array<u32>;
@group(0) @binding(1) var<storage, read> right: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn concat(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups);
    if (row >= parameters.rows) { return; }
    let lefts = row * parameters.left_words;
    let rights = row * parameters.right_words;
    let whole = parameters.left_words - parameters.joined;
    let there = row * parameters.words;
    for (var i = item; i < whole; i += GROUP) { y[there + i] = left[lefts + i]; }
    if (parameters.joined == 0u) {
        for (var i = item; i < parameters.right_words; i += GROUP) { y[there + whole + i] = right[rights + i]; }
        return;
    }
    if (item == 0u) { y[there + whole] = left[lefts + whole] | (right[rights] << 16u); }
    for (var i = item + 1u; i < parameters.words - whole; i += GROUP) {
        var next = 0u;
        if (i < parameters.right_words) { next = right[rights + i] << 16u; }
        y[there + whole + i] = (right[rights + i - 1u] >> 16u) | next;
    }
}
