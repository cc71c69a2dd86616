// x = the batch of the current step of a training; batches are used in turn.
//
// buffers     batches[count][n] (words), step[1], x[n] (words)
// parameters  n; count; rounds: words per invocation; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, count: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> batches: array<u32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn gather(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let start = step[0] % parameters.count * parameters.n;
    var i = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && i < parameters.n; k++) {
        x[i] = batches[start + i];
        i += GROUP;
    }
}
