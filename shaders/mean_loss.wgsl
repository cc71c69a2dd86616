// The mean of a batch's losses, by one work-group. Needs `words` and `lanes`.
//
// buffers     x[n] (the terms), step[1], losses[steps]
// parameters  n; steps; mean: the bits of 1/n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// Steps from `steps` on leave the losses unchanged.

struct Parameters { n: u32, steps: u32, mean: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn mean_loss(@builtin(local_invocation_index) item: u32) {
    let sum = row(SUM, ITSELF, 0u, parameters.n, 0.0, item);
    if (item == 0u && step[0] < parameters.steps) { losses[step[0]] = mul(sum, bitcast<f32>(parameters.mean)); }
}
