// Arranges operands of contractions in the order in which a depth-first walk of the lane tree visits them. Needs
// `element` and `depth_first`.
//
// buffers     source[matrices][elements] (u32 words), arranged[matrices][tiles][lanes][terms][TILE]
// parameters  count, across: extents along the contraction and across it; count_stride, across_stride: distances
//             between neighbours in the source, in elements; bits: there are 2^bits lanes; terms: elements per lane;
//             each: lanes per work-group; zero: 0
// constants   GROUP: invocations per work-group; TILE: columns side by side; HALF as in `element`
//
// Place i of 2^bits holds the lane whose number is i with its bits reversed, since neighbours are added first. Elements
// outside the source are +0.

struct Parameters {
    count: u32, across: u32, count_stride: u32, across_stride: u32, bits: u32, terms: u32, each: u32, zero: u32,
}

@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> arranged: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn arrange(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) item: u32) {
    let p = parameters;
    let tiles = (p.across + TILE - 1u) / TILE;
    let shares = (1u << p.bits) / p.each;
    let block = linear_group(group, groups) / shares;
    let first = linear_group(group, groups) % shares * p.each;
    let column = block % tiles * TILE;
    let start = block / tiles * p.count * p.across;
    let base = (block << p.bits) * p.terms * TILE;
    if (base >= arrayLength(&arranged)) { return; }
    for (var place = first + item / TILE; place < first + p.each; place += max(GROUP / TILE, 1u)) {
        for (var term = 0u; term < p.terms; term++) {
            let k = (lane_of(place) >> (6u - p.bits)) + (term << p.bits);
            let row = base + (place * p.terms + term) * TILE;
            for (var c = item % TILE; c < TILE; c += GROUP) {
                let index = start + k * p.count_stride + (column + c) * p.across_stride;
                var value = 0.0;
                if (k < p.count && column + c < p.across) { value = element(source[word_at(index)], index); }
                arranged[row + c] = value;
            }
        }
    }
}
