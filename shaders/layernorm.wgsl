// y = layernorm(x) over rows of x, one work-group per row: the sequence of NUMERICS.md section 12. Needs `lanes`.
//
// buffers     x[rows][n], gamma[n], beta[n], y[rows][n], all stored as in `words` or `halves`; every row starts with a
//             new word, and half a word of padding in y is +0
// parameters  n; count, epsilon: the bits of n and of epsilon as f32; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`

struct Parameters { n: u32, count: u32, epsilon: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> gamma: array<u32>;
@group(0) @binding(2) var<storage, read> beta: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

fn normal(x: f32, mean: f32, r: f32, k: u32) -> f32 {
    return bitcast<f32>(flushed_bits(add(mul(mul(sub(x, mean), r), in_word(gamma[k / EACH], k)),
                                         in_word(beta[k / EACH], k))));
}

@compute @workgroup_size(GROUP)
fn layernorm(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
             @builtin(local_invocation_index) item: u32) {
    let n = parameters.n;
    let words = (n + EACH - 1u) / EACH;
    let start = linear_group(group, groups) * words;
    if (start >= arrayLength(&y)) { return; }
    let first = start * EACH;
    let size = bitcast<f32>(parameters.count);
    let mean = canonical_divide(row(SUM, ITSELF, first, n, 0.0, item), size);
    let variance = canonical_divide(row(SUM, DEVIATION, first, n, mean, item), size);
    let r = canonical_rsqrt(add(variance, bitcast<f32>(parameters.epsilon)));
    for (var word = item; word < words; word += GROUP) {
        let k = word * EACH;
        let other = k + EACH - 1u;
        var second = 0.0; // the padding of a row's last word
        if (other < n) { second = normal(element(first + other), mean, r, other); }
        y[start + word] = word_with(normal(element(first + k), mean, r, k), second);
    }
}
