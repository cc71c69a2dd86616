// p = softmax(x) and log_softmax(x) over rows of x, one work-group per row. Needs `softmax_terms` and `lanes`.
//
// buffers     x[rows][n], p[rows][n], both stored as in `words` or `halves`; every row starts with a new word,
//             and half a word of padding in p is +0
// parameters  n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// n is at most 2^24, so that the results of its blocks are one more block.

struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> p: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn outputs(kind: u32, line: u32, item: u32) {
    let words = (parameters.n + EACH - 1u) / EACH;
    let start = line * words;
    if (start >= arrayLength(&p)) { return; }
    let most = row(MOST, ITSELF, start * EACH, parameters.n, 0.0, item);
    let last = normaliser(kind, row(SUM, EXPONENTIAL, start * EACH, parameters.n, most, item));
    for (var word = item; word < words; word += GROUP) {
        let k = word * EACH;
        let other = k + EACH - 1u;
        var second = 0.0; // the padding of a row's last word
        if (other < parameters.n) { second = normalised(kind, element(start * EACH + other), most, last); }
        p[start + word] = word_with(normalised(kind, element(start * EACH + k), most, last), second);
    }
}

@compute @workgroup_size(GROUP)
fn softmax(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) item: u32) {
    outputs(PROBABILITY, linear_group(group, groups), item);
}

@compute @workgroup_size(GROUP)
fn log_softmax(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
               @builtin(local_invocation_index) item: u32) {
    outputs(LOGARITHM, linear_group(group, groups), item);
}
