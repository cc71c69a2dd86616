// The cross-entropy of every sample's softmax with its label, and its gradient; a work-group takes one sample. Needs
// `softmax_terms`, `words`, `lanes` and `without_small`.
//
// buffers     x[rows][n] (the outputs), labels[count][rows], step[1], dy[rows][n], terms[rows]
// parameters  rows; n; count; mean: the bits of 1/rows; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`

struct Parameters { rows: u32, n: u32, count: u32, mean: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> terms: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn cross_entropy(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                 @builtin(local_invocation_index) item: u32) {
    let p = parameters;
    let line = linear_group(group, groups);
    if (line >= p.rows) { return; }
    let start = line * p.n;
    let label = labels[step[0] % p.count * p.rows + line];
    let most = row(MOST, ITSELF, start, p.n, 0.0, item);
    let sum = row(SUM, EXPONENTIAL, start, p.n, most, item);
    if (item == 0u) { terms[line] = add(canonical_log(sum), sub(most, element(start + label))); }
    for (var k = item; k < p.n; k += GROUP) {
        let probability = normalised(PROBABILITY, element(start + k), most, sum);
        let difference = without_small(sub(probability, select(0.0, 1.0, k == label)));
        dy[start + k] = without_small(mul(difference, bitcast<f32>(p.mean)));
    }
}
