// Contractions with the lanes of a dot side by side: sixteen invocations take four lanes each. Needs a products part
// and `epilogue`.
//
// buffers, parameters  as in `for_loop`
// constants   GROUP: invocations per work-group, a multiple of 16; SPAN: outputs of a row per work-group; BLOCK: 4096

struct Parameters {
    matrices: u32, rows: u32, depth: u32, columns: u32, ones: u32,
    a_offset: u32, a_matrix: u32, a_along: u32, a_down: u32, b_offset: u32, b_matrix: u32, b_along: u32, b_down: u32,
    extra_offset: u32, extra_matrix: u32, extra_along: u32, extra_down: u32,
    y_offset: u32, y_matrix: u32, y_along: u32, y_down: u32, kind: u32, least: u32, zero: u32
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> extra: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> shared_lanes: array<vec4<f32>, GROUP>;

fn pair(item: u32, s: u32) -> vec4<f32> { return settled4(shared_lanes[item] + shared_lanes[item + s]); }

// The sum of four shares: of the pairs that are 8 apart, the two that are 4 apart, from `item` on.
fn four(item: u32) -> vec4<f32> { return settled4(pair(item, 8u) + pair(item + 4u, 8u)); }

// The sum of the shares of sixteen invocations, the first of which is `item`. lane[i] + lane[i+s] adds whole vectors
// for s = 32, 16, 8, 4.
fn gathered(item: u32) -> f32 {
    let even = settled4(four(item) + four(item + 2u));
    let odd = settled4(four(item + 1u) + four(item + 3u));
    let sums = settled4(even + odd);
    return add(add(sums.x, sums.z), add(sums.y, sums.w));
}

// Terms k to k + 3 of a line of a, and of b, +0 from `end` on.
fn four_of_a(line: u32, k: u32, end: u32) -> vec4<f32> {
    var values = vec4<f32>();
    for (var i = 0u; i < min(4u, end - k); i++) { values[i] = a[line + (k + i) * parameters.a_down]; }
    return values;
}

fn four_of_b(line: u32, k: u32, end: u32) -> vec4<f32> {
    var values = vec4<f32>();
    for (var i = 0u; i < min(4u, end - k); i++) { values[i] = b[line + (k + i) * parameters.b_down]; }
    return values;
}

@compute @workgroup_size(GROUP)
fn cooperating(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
               @builtin(local_invocation_index) id: u32) {
    let item = id % 16u;
    let across = parameters.columns + parameters.ones;
    let spans = (across + SPAN - 1u) / SPAN;
    let first = linear_group(group, groups) % spans * SPAN;
    let m = linear_group(group, groups) / spans / parameters.rows;
    let r = linear_group(group, groups) / spans % parameters.rows;
    if (m >= parameters.matrices) { return; }
    let line = parameters.a_offset + m * parameters.a_matrix + r * parameters.a_along;
    let b_first = parameters.b_offset + m * parameters.b_matrix;
    let extra_line = parameters.extra_offset + m * parameters.extra_matrix + r * parameters.extra_along;
    let y_line = parameters.y_offset + m * parameters.y_matrix + r * parameters.y_along;
    for (var next = first; next < min(first + SPAN, across); next += GROUP / 16u) {
        let c = next + id / 16u;
        let column = b_first + c * parameters.b_along;
        var sums = vec4<f32>();
        var sum = 0.0;
        var j = 0u;
        for (var start = 0u; start < parameters.depth; start += BLOCK) {
            let end = min(start + BLOCK, parameters.depth);
            var lanes = vec4<f32>();
            for (var k = start + 4u * item; k < end; k += 64u) {
                var w = vec4<f32>(1.0);
                if (c < parameters.columns) { w = four_of_b(column, k, end); }
                lanes = plus_product4(lanes, four_of_a(line, k, end), w);
            }
            shared_lanes[id] = lanes;
            workgroupBarrier();
            // Block results are lanes of one more sum: the invocation that holds lane j keeps the result of block j.
            if (item == j / 4u) {
                sum = gathered(id - item);
                sums[j % 4u] = sum;
            }
            workgroupBarrier();
            j++;
        }
        if (parameters.depth > BLOCK) {
            shared_lanes[id] = sums;
            workgroupBarrier();
            if (item == 0u) { sum = gathered(id); }
            workgroupBarrier();
        }
        if (item == 0u && c < across) {
            var beside = 0.0;
            if (parameters.kind != PLAIN) { beside = extra[extra_line + c * parameters.extra_down]; }
            y[y_line + c * parameters.y_down] = epilogue(sum, beside, parameters.kind, parameters.least);
        }
    }
}
