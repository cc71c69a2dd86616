// The kernel of `cross_entropy` for adapters whose invocations are lanes of a CPU's vectors, where a barrier costs more
// than a sum: an invocation takes one sample. Needs `elementary`, `depth_first` and `without_small`.
//
// n is at most 4096, one block. The exponentials of the sum are kept in dy, since they are expensive.

struct Parameters { rows: u32, n: u32, count: u32, mean: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> terms: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

// The canonical sum of n elements of dy, from `start` on.
fn sum_of(start: u32, n: u32) -> f32 {
    var waiting: array<f32, 7>;
    for (var leaf = 0u; leaf < 64u; leaf++) {
        var sum = 0.0;
        for (var k = lane_of(leaf); k < n; k += 64u) { sum = add(sum, dy[start + k]); }
        var level = 0u;
        for (var rest = leaf; (rest & 1u) != 0u; rest >>= 1u) {
            sum = add(waiting[level], sum);
            level++;
        }
        waiting[level] = sum;
    }
    return waiting[6];
}

@compute @workgroup_size(GROUP)
fn cross_entropy(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                 @builtin(local_invocation_index) item: u32) {
    let p = parameters;
    let line = linear_group(group, groups) * GROUP + item;
    if (line >= p.rows) { return; }
    let start = line * p.n;
    let label = labels[step[0] % p.count * p.rows + line];
    var most = y[start];
    for (var k = 1u; k < p.n; k++) { most = max(most, y[start + k]); }
    for (var k = 0u; k < p.n; k++) { dy[start + k] = canonical_exp(sub(y[start + k], most)); }
    let sum = sum_of(start, p.n);
    terms[line] = add(canonical_log(sum), sub(most, y[start + label]));
    for (var k = 0u; k < p.n; k++) {
        let difference = without_small(sub(canonical_divide(dy[start + k], sum), select(0.0, 1.0, k == label)));
        dy[start + k] = without_small(mul(difference, bitcast<f32>(p.mean)));
    }
}
