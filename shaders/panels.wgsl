// The operands of a matrix product laid out as `matmul` walks them: after a products part, which says what a word holds.
//
// buffers     a[rows][depth] and b[depth][columns], transposed b[columns][depth], both as words; panels of a and of b:
//             [panel][place][ROWS or COLUMNS], +0 where there is no such row, column or k
// parameters  rows, columns, depth; places: depth up to a multiple of 64; zero: 0
// constants   GROUP: invocations a work-group; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, one after another: its lanes in the order in which the halving tree needs them, depth first
// (0, 32, 16, 48, 8 …: their bits reversed), and of a lane its terms, ascending. An invocation fills one place.

struct Parameters { rows: u32, columns: u32, depth: u32, places: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> a_panels: array<f32>;
@group(0) @binding(3) var<storage, read_write> b_panels: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

fn lane_of(leaf: u32) -> u32 {
    return ((leaf & 1u) << 5u) | ((leaf & 2u) << 3u) | ((leaf & 4u) << 1u)
        | ((leaf & 8u) >> 1u) | ((leaf & 16u) >> 3u) | (leaf >> 5u);
}

// The k at a place.
fn depth_at(place: u32) -> u32 {
    let start = place / BLOCK * BLOCK;
    let terms = min(BLOCK, parameters.places - start) / 64u;
    return start + lane_of((place - start) / terms) + (place - start) % terms * 64u;
}

fn a_places() -> u32 { return (parameters.rows + ROWS - 1u) / ROWS * parameters.places; }

fn fill_a(id: u32) {
    let k = depth_at(id % parameters.places);
    let first = id / parameters.places * ROWS;
    for (var i = 0u; i < ROWS; i++) {
        var value = 0.0;
        if (k < parameters.depth && first + i < parameters.rows) {
            let index = (first + i) * parameters.depth + k;
            value = element(a[index / PER_WORD], index);
        }
        a_panels[id * ROWS + i] = value;
    }
}

// `start` is the element of column 0 at this k, `along` leads from column to column.
fn fill_b(id: u32, k: u32, start: u32, along: u32) {
    let first = id / parameters.places * COLUMNS;
    if (first >= parameters.columns) { return; }
    for (var i = 0u; i < COLUMNS; i++) {
        var value = 0.0;
        if (k < parameters.depth && first + i < parameters.columns) {
            let index = start + (first + i) * along;
            value = element(b[index / PER_WORD], index);
        }
        b_panels[id * COLUMNS + i] = value;
    }
}

@compute @workgroup_size(GROUP)
fn pack(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    if (id < a_places()) { fill_a(id); return; }
    let place = id - a_places();
    let k = depth_at(place % parameters.places);
    fill_b(place, k, k * parameters.columns, 1u);
}

@compute @workgroup_size(GROUP)
fn pack_transposed(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                   @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    if (id < a_places()) { fill_a(id); return; }
    let place = id - a_places();
    let k = depth_at(place % parameters.places);
    fill_b(place, k, k, parameters.depth);
}
