// One dense layer of int8 for many samples, y = W x + b for each, then the activation. Needs `dot_i8`.
//
// buffers     weights[rows][stride], bias[rows], x[samples][stride], y[samples][width]
// parameters  rows; stride: words per row of W and per sample of x, +0 beyond the columns; activation: 0 for none, then
//             a word of y is a logit, else the shift, then a word of y holds four activations; width: words per sample
//             of y; first, end: the range of samples of this launch; zero: 0
// constants   GROUP: invocations per work-group; BLOCK, PER_WORD as in `dot_i8`
//
// An invocation computes a tile of four rows by four samples.

struct Parameters { rows: u32, stride: u32, activation: u32, width: u32, first: u32, end: u32, zero: u32 }

@group(0) @binding(1) var<storage, read> bias: array<Total>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> shared_partials: array<Partial, GROUP>;  // `dot_i8` uses it where invocations share a row; here none do

fn keep_tile(sample: u32, row: u32, sums: vec4<i32>) {
    if (sample >= parameters.end) { return; }
    let start = sample * parameters.width;
    var word = 0u;
    for (var i = 0u; i < min(4u, parameters.rows - row); i++) {
        let v = sums[i] + bias[row + i];
        if (parameters.activation == 0u) {
            y[start + row + i] = bitcast<u32>(v);
        } else {
            word |= activated(v, parameters.activation) << (8u * i);
        }
    }
    if (parameters.activation != 0u) { y[start + row / 4u] = word; }
}

@compute @workgroup_size(GROUP)
fn tiles(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    let down = (parameters.rows + 3u) / 4u;
    let row = id % down * 4u;
    let sample = parameters.first + id / down * 4u;
    if (sample >= parameters.end) { return; }
    let vectors = parameters.stride / 4u;
    let four = vec4<u32>(0u, 1u, 2u, 3u);
    let w = min(vec4<u32>(row) + four, vec4<u32>(parameters.rows - 1u)) * vectors;
    let s = min(vec4<u32>(sample) + four, vec4<u32>(parameters.end - 1u)) * vectors;
    var a = vec4<i32>();
    var b = vec4<i32>();
    var c = vec4<i32>();
    var d = vec4<i32>();
    for (var v = 0u; v < vectors; v++) {
        let w0 = weights[w.x + v];
        let w1 = weights[w.y + v];
        let w2 = weights[w.z + v];
        let w3 = weights[w.w + v];
        let x0 = x[s.x + v];
        let x1 = x[s.y + v];
        let x2 = x[s.z + v];
        let x3 = x[s.w + v];
        a += vec4<i32>(products(w0, x0), products(w1, x0), products(w2, x0), products(w3, x0));
        b += vec4<i32>(products(w0, x1), products(w1, x1), products(w2, x1), products(w3, x1));
        c += vec4<i32>(products(w0, x2), products(w1, x2), products(w2, x2), products(w3, x2));
        d += vec4<i32>(products(w0, x3), products(w1, x3), products(w2, x3), products(w3, x3));
    }
    keep_tile(sample, row, a);
    keep_tile(sample + 1u, row, b);
    keep_tile(sample + 2u, row, c);
    keep_tile(sample + 3u, row, d);
}
