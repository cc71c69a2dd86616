// y[r][c] = reduce of x[r+i][c+j]·w[i][j] over the kernel's (i, j), row by row. Needs `rounding` and `element`.
//
// buffers     x[height][width] (u32 words), w[KH][KW], y[height-KH+1][width-KW+1]
// parameters  height, width: of the image; zero: 0
// constants   GROUP: invocations per work-group, which computes ROWS (a multiple of four) by COLUMNS results; KH, KW:
//             height and width of the kernel; HALF as in `element`; where it is 1, y is rounded to f16
//
// A work-group keeps its part of the image, widened to f32, in work-group memory. A lane has one product, or every 64th
// if there are more than 64. The tree is walked depth first, without empty lanes.

struct Parameters { height: u32, width: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const TAPS = KH * KW;
const STRIDE = COLUMNS + KW - 1u;

var<workgroup> tile: array<f32, (ROWS + KH - 1u) * STRIDE>;

// Products of four rows, so that each load of a weight serves all four.
fn products(first: u32, k: u32) -> vec4<f32> {
    let at = first + k / KW * STRIDE + k % KW;
    return guarded4(vec4<f32>(tile[at], tile[at + STRIDE], tile[at + 2u * STRIDE], tile[at + 3u * STRIDE]) * w[k]);
}

fn lane(first: u32, l: u32) -> vec4<f32> {
    var sums = products(first, l);
    for (var k = l + 64u; k < TAPS; k += 64u) { sums = settled4(sums + products(first, k)); }
    return sums;
}

// The levels of the tree: each is the sum of the subtrees at l and at l plus a constant step.
fn two_lanes(first: u32, l: u32) -> vec4<f32> {
    if (l + 32u >= TAPS) { return lane(first, l); }
    return settled4(lane(first, l) + lane(first, l + 32u));
}

fn four_lanes(first: u32, l: u32) -> vec4<f32> {
    if (l + 16u >= TAPS) { return two_lanes(first, l); }
    return settled4(two_lanes(first, l) + two_lanes(first, l + 16u));
}

fn eight_lanes(first: u32, l: u32) -> vec4<f32> {
    if (l + 8u >= TAPS) { return four_lanes(first, l); }
    return settled4(four_lanes(first, l) + four_lanes(first, l + 8u));
}

fn sixteen_lanes(first: u32, l: u32) -> vec4<f32> {
    if (l + 4u >= TAPS) { return eight_lanes(first, l); }
    return settled4(eight_lanes(first, l) + eight_lanes(first, l + 4u));
}

fn half_the_lanes(first: u32, l: u32) -> vec4<f32> {
    if (l + 2u >= TAPS) { return sixteen_lanes(first, l); }
    return settled4(sixteen_lanes(first, l) + sixteen_lanes(first, l + 2u));
}

fn all_lanes(first: u32) -> vec4<f32> {
    if (TAPS == 1u) { return half_the_lanes(first, 0u); }
    return settled4(half_the_lanes(first, 0u) + half_the_lanes(first, 1u));
}

@compute @workgroup_size(GROUP)
fn convolve(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) item: u32) {
    let p = parameters;
    let columns = p.width - KW + 1u;
    let tiles = (columns + COLUMNS - 1u) / COLUMNS;
    let top = linear_group(group, groups) / tiles * ROWS;
    let left = linear_group(group, groups) % tiles * COLUMNS;
    if (top + KH > p.height) { return; }
    let deep = min(ROWS + KH - 1u, p.height - top);
    let wide = min(STRIDE, p.width - left);
    for (var row = 0u; row < deep; row++) {
        for (var c = item; c < wide; c += GROUP) {
            let index = (top + row) * p.width + left + c;
            tile[row * STRIDE + c] = element(x[word_at(index)], index);
        }
    }
    workgroupBarrier();
    let rows = deep - (KH - 1u);
    for (var row = 0u; row < rows; row += 4u) {
        for (var c = item; c < wide - (KW - 1u); c += GROUP) {
            let sums = all_lanes(row * STRIDE + c);
            for (var i = 0u; i < min(4u, rows - row); i++) {
                var sum = sums[i];
                if (HALF != 0u) { sum = canonical_half(sum); }
                let bits = bitcast<u32>(sum);
                y[(top + row + i) * columns + left + c] = select(bits, 0u, bits == 0x80000000u);
            }
        }
    }
}
