// The mean squared error of a batch, and its gradient, by one work-group. Needs `errors`, `lanes` and `without_small`.
//
// buffers     y[n], targets[count][n], step[1], dy[n], losses[steps]
// parameters  n; count; steps; mean, slope: the bits of 1/n and 2/n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// Steps from `steps` on leave the losses unchanged.

struct Parameters { n: u32, count: u32, steps: u32, mean: u32, slope: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

var<private> first_target: u32;

@compute @workgroup_size(GROUP)
fn squared_error(@builtin(local_invocation_index) item: u32) {
    first_target = step[0] % parameters.count * parameters.n;
    for (var i = item; i < parameters.n; i += GROUP) {
        dy[i] = without_small(mul(element(i), bitcast<f32>(parameters.slope)));
    }
    let sum = row(SUM, SQUARE, 0u, parameters.n, 0.0, item);
    if (item == 0u && step[0] < parameters.steps) { losses[step[0]] = mul(sum, bitcast<f32>(parameters.mean)); }
}
