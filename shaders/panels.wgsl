// The operands of a matrix product laid out as `matmul` walks them: after `depth_first` and a products part, which says
// what a word holds.
//
// buffers     a[rows][depth] and b[depth][columns], transposed b[columns][depth], both as words; panels of a and of b:
//             [panel][place][ROWS or COLUMNS], +0 where there is no such row, column or k
// parameters  rows, columns, depth; places: depth up to a multiple of 64; zero: 0
// constants   GROUP: invocations a work-group; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, one after another: its lanes, depth first, and of a lane its terms, ascending. An invocation
// fills a lane of a panel.

struct Parameters { rows: u32, columns: u32, depth: u32, places: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> a_panels: array<f32>;
@group(0) @binding(3) var<storage, read_write> b_panels: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// A lane of a panel: the panel, the first place, the first k, and how many terms.
struct Lane { panel: u32, place: u32, k: u32, terms: u32 }

fn lane(id: u32) -> Lane {
    let blocks = (parameters.places + BLOCK - 1u) / BLOCK;
    let panel = id / 64u / blocks;
    let start = id / 64u % blocks * BLOCK;
    let terms = min(BLOCK, parameters.places - start) / 64u;
    return Lane(panel, panel * parameters.places + start + id % 64u * terms, start + lane_of(id % 64u), terms);
}

// The lanes of all panels of `lines`, `width` of them a panel.
fn lanes_of(lines: u32, width: u32) -> u32 {
    return (lines + width - 1u) / width * ((parameters.places + BLOCK - 1u) / BLOCK) * 64u;
}

fn fill_a(id: u32) {
    let mine = lane(id);
    for (var i = 0u; i < mine.terms * ROWS; i++) {
        let k = mine.k + i / ROWS * 64u;
        let row = mine.panel * ROWS + i % ROWS;
        let index = row * parameters.depth + k;
        var value = 0.0;
        if (k < parameters.depth && row < parameters.rows) { value = element(a[index / PER_WORD], index); }
        a_panels[mine.place * ROWS + i] = value;
    }
}

// An element's index is its column times `along` plus its k times `down`.
fn fill_b(id: u32, along: u32, down: u32) {
    if (id >= lanes_of(parameters.columns, COLUMNS)) { return; }
    let mine = lane(id);
    for (var i = 0u; i < mine.terms * COLUMNS; i++) {
        let k = mine.k + i / COLUMNS * 64u;
        let column = mine.panel * COLUMNS + i % COLUMNS;
        let index = column * along + k * down;
        var value = 0.0;
        if (k < parameters.depth && column < parameters.columns) { value = element(b[index / PER_WORD], index); }
        b_panels[mine.place * COLUMNS + i] = value;
    }
}

@compute @workgroup_size(GROUP)
fn pack(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    let of_a = lanes_of(parameters.rows, ROWS);
    if (id < of_a) { fill_a(id); } else { fill_b(id - of_a, 1u, parameters.columns); }
}

@compute @workgroup_size(GROUP)
fn pack_transposed(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                   @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups) * GROUP + item;
    let of_a = lanes_of(parameters.rows, ROWS);
    if (id < of_a) { fill_a(id); } else { fill_b(id - of_a, parameters.depth, 1u); }
}
