// The results of single operations on this compiler and device: one invocation per row of inputs, one output per probe.
//
// buffers     in[rows][INPUTS], out[rows][OUTPUTS] (bit patterns)
// parameters  rows; zero: 0
// constants   GROUP: 1; PAIRS: products of the loop; HARD: the number of quotients, and of roots; INPUTS = 24 + 3·PAIRS
//             + 5·HARD; OUTPUTS: 18
//
// Inputs come from a buffer, so that the compiler folds nothing. Required probes are written as in the kernels, with
// `guarded` products and `settled` sums; probes for information only have bare operations.

struct Parameters { rows: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> in: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn probes(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let row = linear_group(group, groups) * GROUP + item;
    if (row >= parameters.rows) { return; }
    let v = row * INPUTS;
    let y = row * OUTPUTS;
    out[y] = bitcast<u32>(settled(guarded(in[v] * in[v + 1u]) + in[v + 2u]));
    out[y + 1u] = bitcast<u32>(guarded(in[v + 3u] * in[v + 4u]));
    out[y + 2u] = bitcast<u32>(settled(in[v + 5u] + in[v + 6u]));
    out[y + 3u] = bitcast<u32>(settled(in[v + 7u] + in[v + 8u]));
    out[y + 4u] = bitcast<u32>(settled(settled(in[v + 9u] + in[v + 10u]) + in[v + 11u]));
    let s = settled(in[v + 12u] + in[v + 13u]);
    let b = settled(s - in[v + 12u]);
    out[y + 5u] = bitcast<u32>(settled(settled(in[v + 12u] - settled(s - b)) + settled(in[v + 13u] - b)));
    out[y + 6u] = bitcast<u32>(sub(add(in[v + 14u], 12582912.0), 12582912.0));
    var sum = in[v + 15u];
    for (var k = 0u; k < PAIRS; k++) {
        sum = settled(sum + guarded(in[v + 24u + k] * in[v + 24u + PAIRS + k]));
    }
    out[y + 7u] = bitcast<u32>(sum);
    out[y + 8u] = bitcast<u32>(canonical_half(in[v + 16u]));
    out[y + 9u] = bitcast<u32>(canonical_half(in[v + 17u]));
    out[y + 10u] = bitcast<u32>(canonical_half(in[v + 18u]));
    out[y + 11u] = bitcast<u32>(in[v] * in[v + 1u] + in[v + 2u]);
    out[y + 12u] = bitcast<u32>((in[v + 14u] + 12582912.0) - 12582912.0);
    out[y + 13u] = bitcast<u32>(guarded(in[v + 19u] * in[v + 20u]));
    out[y + 14u] = bitcast<u32>(guarded(in[v + 21u] * in[v + 22u]));
    var plain_sum = in[v + 23u];
    for (var k = 0u; k < PAIRS; k++) { plain_sum = settled(plain_sum + in[v + 24u + 2u * PAIRS + k]); }
    out[y + 15u] = bitcast<u32>(plain_sum);
    // The numbers of right results. The inputs are dividends, divisors and quotients, followed by squares and roots.
    let d = v + 24u + 3u * PAIRS;
    let r = d + 3u * HARD;
    var quotients = 0u;
    var roots = 0u;
    for (var k = 0u; k < HARD; k++) {
        let quotient = bitcast<u32>(canonical_divide(in[d + k], in[d + HARD + k]));
        quotients += select(0u, 1u, quotient == bitcast<u32>(in[d + 2u * HARD + k]));
        roots += select(0u, 1u, bitcast<u32>(canonical_sqrt(in[r + k])) == bitcast<u32>(in[r + HARD + k]));
    }
    out[y + 16u] = bitcast<u32>(f32(quotients));
    out[y + 17u] = bitcast<u32>(f32(roots));
}
