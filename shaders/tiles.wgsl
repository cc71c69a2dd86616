// A contraction of panels (`panels`): every output is the canonical dot of NUMERICS.md section 2. Needs `depth_first`,
// a products part and `epilogue`.
//
// buffers     a_panels, b_panels; extra, y: an element at offset + m·matrix + row·along + column·down
// parameters  rows, columns; places: per panel; first_matrix, end_matrix: the range of matrices of this launch; first,
//             end: that of panels of a; offset, matrix, along, down of extra and of y; kind, least as in `epilogue`;
//             zero: 0
// constants   GROUP: invocations per work-group, a square of SIDE by SIDE; ROWS, COLUMNS: of a panel, four times SIDE;
//             STRIPS: panels of a per work-group; BLOCK: 4096; LEVELS: of the tree, 6 for one block, 12 for up to 64
//             blocks
//
// An invocation computes a tile of four by four outputs, one lane of all of them at a time. Depth first, at most LEVELS
// partial tiles of the halving tree are pending.

struct Parameters {
    rows: u32, columns: u32, places: u32, first_matrix: u32, end_matrix: u32, first: u32, end: u32,
    extra_offset: u32, extra_matrix: u32, extra_along: u32, extra_down: u32,
    y_offset: u32, y_matrix: u32, y_along: u32, y_down: u32, kind: u32, least: u32, zero: u32
}

@group(0) @binding(0) var<storage, read> a_panels: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b_panels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> extra: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

struct Tile { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32> }

fn sum(p: Tile, q: Tile) -> Tile {
    return Tile(settled4(p.a + q.a), settled4(p.b + q.b), settled4(p.c + q.c), settled4(p.d + q.d));
}

// The dots of a tile whose panels begin at these vectors. The leaves of the tree are the lanes of blocks of 4096; the
// blocks are the lanes of a last reduction.
fn dots(a_first: u32, b_first: u32) -> Tile {
    var waiting: array<Tile, LEVELS>;
    var c = Tile();
    for (var leaf = 0u; leaf < (1u << LEVELS); leaf++) {
        let start = lane_of(leaf / 64u) * BLOCK;
        let terms = min(BLOCK, max(start, parameters.places) - start) / 64u;
        var i = a_first + (start + leaf % 64u * terms) * SIDE;
        var j = b_first + (start + leaf % 64u * terms) * SIDE;
        c = Tile();
        for (var term = 0u; term < terms; term++) {
            let v = a_panels[i];
            let w = b_panels[j];
            c.a = plus_product4(c.a, v.xxxx, w);
            c.b = plus_product4(c.b, v.yyyy, w);
            c.c = plus_product4(c.c, v.zzzz, w);
            c.d = plus_product4(c.d, v.wwww, w);
            i += SIDE;
            j += SIDE;
        }
        var level = 0u;
        for (var rest = leaf; (rest & 1u) != 0u; rest >>= 1u) {
            c = sum(waiting[level], c);
            level++;
        }
        if (level < LEVELS) { waiting[level] = c; }
    }
    return c;
}

fn keep(matrix: u32, row: u32, column: u32, sums: vec4<f32>) {
    if (row >= parameters.rows || column >= parameters.columns) { return; }
    for (var i = 0u; i < min(4u, parameters.columns - column); i++) {
        var beside = 0.0;
        if (parameters.kind != PLAIN) {
            let at = row * parameters.extra_along + (column + i) * parameters.extra_down;
            beside = extra[parameters.extra_offset + matrix * parameters.extra_matrix + at];
        }
        let at = row * parameters.y_along + (column + i) * parameters.y_down;
        y[parameters.y_offset + matrix * parameters.y_matrix + at] =
            epilogue(sums[i], beside, parameters.kind, parameters.least);
    }
}

@compute @workgroup_size(GROUP)
fn tiles(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let strips = (parameters.end - parameters.first + STRIPS - 1u) / STRIPS;
    let strip = parameters.first + linear_group(group, groups) % strips * STRIPS;
    let line = linear_group(group, groups) / strips;
    let b_panels_each = (parameters.columns + COLUMNS - 1u) / COLUMNS;
    let a_panels_each = (parameters.rows + ROWS - 1u) / ROWS;
    let matrix = parameters.first_matrix + line / b_panels_each;
    let b_panel = line % b_panels_each;
    let down = item / SIDE;
    let across = item % SIDE;
    let column = b_panel * COLUMNS + across * 4u;
    if (matrix >= parameters.end_matrix) { return; }
    let a_first = matrix * a_panels_each * parameters.places * SIDE + down;
    let b_first = (matrix * b_panels_each + b_panel) * parameters.places * SIDE + across;
    for (var panel = strip; panel < min(strip + STRIPS, parameters.end); panel++) {
        let sums = dots(a_first + panel * parameters.places * SIDE, b_first);
        let row = panel * ROWS + down * 4u;
        keep(matrix, row, column, sums.a);
        keep(matrix, row + 1u, column, sums.b);
        keep(matrix, row + 2u, column, sums.c);
        keep(matrix, row + 3u, column, sums.d);
    }
}
