// Arranges the factors of a contraction in the order in which `tiles` visits them. Needs `depth_first` and `element`.
//
// buffers     a and b as words, an element at offset + m·matrix + line·along + k·down; panels of a and of b:
//             [matrix][panel][place][ROWS or COLUMNS], +0 where the row, column or k does not exist
// parameters  matrices; rows, columns; ones: 1 if b has one more column, all ones; depth; places: depth rounded up to a
//             multiple of 64; offset, matrix, along, down of a and of b; zero: 0
// constants   GROUP: 64; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, in order: its lanes, depth first, and for each lane its terms, ascending. A work-group fills a
// block of a panel, an invocation one of its lanes.

struct Parameters {
    matrices: u32, rows: u32, columns: u32, ones: u32, depth: u32, places: u32,
    a_offset: u32, a_matrix: u32, a_along: u32, a_down: u32,
    b_offset: u32, b_matrix: u32, b_along: u32, b_down: u32, zero: u32
}

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> a_panels: array<f32>;
@group(0) @binding(3) var<storage, read_write> b_panels: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// A lane of a panel: the matrix, the panel's first line, its own first place and first k, and its number of terms.
struct Lane { matrix: u32, line: u32, place: u32, k: u32, terms: u32 }

// The number of panels of a matrix of `lines` lines, `width` per panel.
fn panels_of(lines: u32, width: u32) -> u32 { return (lines + width - 1u) / width; }

// Lane `leaf` of block `number`, counted over all panels.
fn lane(number: u32, leaf: u32, lines: u32, width: u32) -> Lane {
    let blocks = (parameters.places + BLOCK - 1u) / BLOCK;
    let panel = number / blocks;
    let start = number % blocks * BLOCK;
    let terms = min(BLOCK, parameters.places - start) / 64u;
    let place = panel * parameters.places + start + leaf * terms;
    let of_each = panels_of(lines, width);
    return Lane(panel / of_each, panel % of_each * width, place, start + lane_of(leaf), terms);
}

// The number of blocks in all panels of all matrices of `lines` lines, `width` per panel.
fn blocks_of(lines: u32, width: u32) -> u32 {
    return parameters.matrices * panels_of(lines, width) * ((parameters.places + BLOCK - 1u) / BLOCK);
}

fn fill_a(number: u32, leaf: u32) {
    let mine = lane(number, leaf, parameters.rows, ROWS);
    let base = parameters.a_offset + mine.matrix * parameters.a_matrix;
    for (var i = 0u; i < mine.terms * ROWS; i++) {
        let k = mine.k + i / ROWS * 64u;
        let row = mine.line + i % ROWS;
        let index = base + row * parameters.a_along + k * parameters.a_down;
        var value = 0.0;
        if (k < parameters.depth && row < parameters.rows) { value = element(a[word_at(index)], index); }
        a_panels[mine.place * ROWS + i] = value;
    }
}

fn fill_b(number: u32, leaf: u32) {
    let columns = parameters.columns + parameters.ones;
    if (number >= blocks_of(columns, COLUMNS)) { return; }
    let mine = lane(number, leaf, columns, COLUMNS);
    let base = parameters.b_offset + mine.matrix * parameters.b_matrix;
    for (var i = 0u; i < mine.terms * COLUMNS; i++) {
        let k = mine.k + i / COLUMNS * 64u;
        let column = mine.line + i % COLUMNS;
        let index = base + column * parameters.b_along + k * parameters.b_down;
        var value = select(0.0, 1.0, k < parameters.depth && column < columns);
        if (k < parameters.depth && column < parameters.columns) { value = element(b[word_at(index)], index); }
        b_panels[mine.place * COLUMNS + i] = value;
    }
}

@compute @workgroup_size(GROUP)
fn pack(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let number = linear_group(group, groups);
    let of_a = blocks_of(parameters.rows, ROWS);
    if (number < of_a) { fill_a(number, item); } else { fill_b(number - of_a, item); }
}
