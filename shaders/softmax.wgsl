// p = softmax(z) and log_softmax(z) over rows of z: the sequences of NUMERICS.md section 3, a work-group a row.
//
// buffers     z[rows][n] (bit patterns: f32, or i32 where INTEGER), p[rows][n]
// parameters  n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK: elements summed before a new accumulation starts (4096);
//             INTEGER as in `logit`
//
// n is at most 2^24: the results of its blocks are one more block.

struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> z: array<u32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

var<workgroup> lanes: array<f32, GROUP>;

// The halving tree over the work-group's lanes; every item gets the sum.
fn tree(item: u32, value: f32) -> f32 {
    lanes[item] = value;
    for (var s = GROUP / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { lanes[item] = add(lanes[item], lanes[item + s]); }
    }
    workgroupBarrier();
    let sum = lanes[0];
    workgroupBarrier();
    return sum;
}

fn largest(base: u32, item: u32) -> f32 {
    var most = logit(z[base]);
    for (var k = item; k < parameters.n; k += GROUP) { most = max(most, logit(z[base + k])); }
    lanes[item] = most;
    for (var s = GROUP / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { lanes[item] = max(lanes[item], lanes[item + s]); }
    }
    workgroupBarrier();
    most = lanes[0];
    workgroupBarrier();
    return most;
}

// reduce(exp(z - most)); the result of block j goes to lane j mod 64 of the reduction of blocks.
fn total(base: u32, most: f32, item: u32) -> f32 {
    var sum = 0.0;
    var mine = 0.0;
    var j = 0u;
    for (var start = 0u; start < parameters.n; start += BLOCK) {
        let end = min(start + BLOCK, parameters.n);
        var lane = 0.0;
        for (var k = start + item; k < end; k += GROUP) {
            lane = add(lane, canonical_exp(sub(logit(z[base + k]), most)));
        }
        sum = tree(item, lane);
        if (item == j % GROUP) { mine = add(mine, sum); }
        j++;
    }
    if (parameters.n > BLOCK) { sum = tree(item, mine); }
    return sum;
}

@compute @workgroup_size(GROUP)
fn softmax(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) item: u32) {
    let base = linear_group(group, groups) * parameters.n;
    if (base >= arrayLength(&p)) { return; }
    let most = largest(base, item);
    let sum = total(base, most, item);
    for (var k = item; k < parameters.n; k += GROUP) {
        p[base + k] = canonical_divide(canonical_exp(sub(logit(z[base + k]), most)), sum);
    }
}

@compute @workgroup_size(GROUP)
fn log_softmax(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
               @builtin(local_invocation_index) item: u32) {
    let base = linear_group(group, groups) * parameters.n;
    if (base >= arrayLength(&p)) { return; }
    let most = largest(base, item);
    let logarithm = canonical_log(total(base, most, item));
    for (var k = item; k < parameters.n; k += GROUP) {
        p[base + k] = bitcast<f32>(flushed_bits(sub(sub(logit(z[base + k]), most), logarithm)));
    }
}
