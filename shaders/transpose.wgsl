// y = x transposed: a work-group takes a tile of TILE by TILE words through work-group memory, so that it reads and
// writes whole rows. Halves are first transposed in blocks of two by two: two words of two rows of x become two words
// of two rows of y.
//
// buffers     x[rows·columns], y[columns·rows], one f32 or two f16 per word, in whole tiles
// parameters  tiles; across: tiles per row of x; x_stride, y_stride: words per row; zero: 0
// constants   GROUP: invocations per work-group, a multiple of TILE; TILE; PER_WORD: 1 for f32, 2 for f16

struct Parameters { tiles: u32, across: u32, x_stride: u32, y_stride: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

var<workgroup> tile: array<u32, PER_WORD * TILE * (TILE + 1u)>; // one more word per row: columns use all banks

@compute @workgroup_size(GROUP)
fn transpose_tiles(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                   @builtin(local_invocation_index) item: u32) {
    let index = linear_group(group, groups);
    let row = index / parameters.across * TILE;
    let column = index % parameters.across * TILE;
    let lane = item % TILE;
    let end = select(0u, TILE, index < parameters.tiles);
    for (var i = item / TILE; i < end; i += GROUP / TILE) {
        let here = PER_WORD * (row + i) * parameters.x_stride + column + lane;
        let upper = x[here];
        if (PER_WORD == 1u) {
            tile[i * (TILE + 1u) + lane] = upper;
        } else {
            let lower = x[here + parameters.x_stride];
            tile[i * (TILE + 1u) + lane] = (upper & 0xffffu) | (lower << 16u);
            tile[(TILE + i) * (TILE + 1u) + lane] = (upper >> 16u) | (lower & 0xffff0000u);
        }
    }
    workgroupBarrier();
    for (var i = item / TILE; i < end; i += GROUP / TILE) {
        for (var half_row = 0u; half_row < PER_WORD; half_row++) {
            let there = (PER_WORD * (column + i) + half_row) * parameters.y_stride + row + lane;
            y[there] = tile[(half_row * TILE + lane) * (TILE + 1u) + i];
        }
    }
}
