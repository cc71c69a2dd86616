// x = a·x + b, repeated in registers: for measuring the best rate of a device's arithmetic.
//
// buffers     factors[2]: a, b; y[items]: the sum of an invocation's lanes, so that no lane can be optimised away
// parameters  rounds; zero: 0
// constants   GROUP: invocations per work-group
//
// An invocation has twelve lanes in three chains, and takes eight steps per round: with more lanes llvmpipe runs out of
// registers, and with fewer steps the loop itself would be measured. Lane k starts at item + k. No product is guarded:
// the compiler may fuse here, since that is what is measured.

struct Parameters { rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

struct Chains { p: vec4<f32>, q: vec4<f32>, r: vec4<f32> }

fn step(x: Chains, a: f32, b: f32) -> Chains {
    return Chains(x.p * a + b, x.q * a + b, x.r * a + b);
}

fn two_steps(x: Chains, a: f32, b: f32) -> Chains { return step(step(x, a, b), a, b); }
fn four_steps(x: Chains, a: f32, b: f32) -> Chains { return two_steps(two_steps(x, a, b), a, b); }

@compute @workgroup_size(GROUP)
fn multiply_add(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                @builtin(local_invocation_index) item_of_group: u32) {
    let item = linear_group(group, groups) * GROUP + item_of_group;
    let a = factors[0];
    let b = factors[1];
    let first = f32(item) + vec4<f32>(0.0, 1.0, 2.0, 3.0);
    var x = Chains(first, first + 4.0, first + 8.0);
    for (var round = 0u; round < parameters.rounds; round++) { x = four_steps(four_steps(x, a, b), a, b); }
    let sum = x.p + x.q + x.r;
    if (item < arrayLength(&y)) { y[item] = sum.x + sum.y + sum.z + sum.w; }
}
