// A step of SGD with momentum: v = μ·v + g, w = w - η·v. It also increments the step's number, which no other kernel
// writes. Needs `without_small`.
//
// buffers     gradients[n], weights[n], velocities[n], step[1]
// parameters  n; rounds: elements per invocation; momentum, rate: the bits of μ and η; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, rounds: u32, momentum: u32, rate: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> velocities: array<f32>;
@group(0) @binding(3) var<storage, read_write> step: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn update(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let start = linear_group(group, groups) * parameters.rounds * GROUP + item;
    var i = start;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        let v = without_small(add(mul(bitcast<f32>(parameters.momentum), velocities[i]), gradients[i]));
        velocities[i] = v;
        weights[i] = without_small(sub(weights[i], mul(bitcast<f32>(parameters.rate), v)));
        i += GROUP;
    }
    if (start == 0u) { step[0] += 1u; }
}
