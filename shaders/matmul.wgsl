// y = a b of panels (`panels`), every output the canonical dot of NUMERICS.md section 2: after a products part.
//
// buffers     a_panels, b_panels, y[rows][columns]
// parameters  rows, columns; places: of a panel; first, end: the panels of a that this launch takes; zero: 0
// constants   GROUP: invocations a work-group, SIDE in a square; ROWS, COLUMNS: of a panel, four times SIDE;
//             STRIPS: panels of a that a work-group takes; BLOCK: 4096; LONG: 1 where there is more than one block
//
// An invocation computes a tile of four by four outputs, a lane of all of them at a time. Depth first, no more than six
// partial tiles of the halving tree wait for the other half.

struct Parameters { rows: u32, columns: u32, places: u32, first: u32, end: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a_panels: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b_panels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

struct Tile { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32> }

fn sum(p: Tile, q: Tile) -> Tile {
    return Tile(settled4(p.a + q.a), settled4(p.b + q.b), settled4(p.c + q.c), settled4(p.d + q.d));
}

// One block's part of a tile: `terms` of each lane, the first of all at these vectors.
fn block_tile(a_first: u32, b_first: u32, terms: u32) -> Tile {
    var waiting: array<Tile, 6>;
    var c = Tile();
    var i = a_first;
    var j = b_first;
    for (var leaf = 0u; leaf < 64u; leaf++) {
        c = Tile();
        for (var term = 0u; term < terms; term++) {
            let v = a_panels[i];
            let w = b_panels[j];
            c.a = plus_product4(c.a, v.x, w);
            c.b = plus_product4(c.b, v.y, w);
            c.c = plus_product4(c.c, v.z, w);
            c.d = plus_product4(c.d, v.w, w);
            i += SIDE;
            j += SIDE;
        }
        var level = 0u;
        for (var rest = leaf; (rest & 1u) != 0u; rest >>= 1u) {
            c = sum(waiting[level], c);
            level++;
        }
        if (level < 6u) { waiting[level] = c; }
    }
    return c;
}

// All blocks'. Block results are reduced like any other vector: block j goes to lane j mod 64.
fn whole_tile(a_first: u32, b_first: u32) -> Tile {
    if (LONG == 0u) { return block_tile(a_first, b_first, parameters.places / 64u); }
    var lanes: array<Tile, 64>;
    var j = 0u;
    for (var start = 0u; start < parameters.places; start += BLOCK) {
        let terms = min(BLOCK, parameters.places - start) / 64u;
        lanes[j % 64u] = sum(lanes[j % 64u], block_tile(a_first + start * SIDE, b_first + start * SIDE, terms));
        j++;
    }
    for (var s = 32u; s > 0u; s /= 2u) {
        for (var i = 0u; i < s; i++) { lanes[i] = sum(lanes[i], lanes[i + s]); }
    }
    return lanes[0];
}

fn keep(row: u32, column: u32, sums: vec4<f32>) {
    if (row >= parameters.rows || column >= parameters.columns) { return; }
    for (var i = 0u; i < min(4u, parameters.columns - column); i++) {
        y[row * parameters.columns + column + i] = stored(sums[i]);
    }
}

@compute @workgroup_size(GROUP)
fn tiles(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let strips = (parameters.end - parameters.first + STRIPS - 1u) / STRIPS;
    let b_panel = linear_group(group, groups) / strips;
    let strip = parameters.first + linear_group(group, groups) % strips * STRIPS;
    let down = item / SIDE;
    let across = item % SIDE;
    let column = b_panel * COLUMNS + across * 4u;
    if (b_panel * COLUMNS >= parameters.columns) { return; }
    for (var panel = strip; panel < min(strip + STRIPS, parameters.end); panel++) {
        let sums = whole_tile(panel * parameters.places * SIDE + down, b_panel * parameters.places * SIDE + across);
        let row = panel * ROWS + down * 4u;
        keep(row, column, sums.a);
        keep(row + 1u, column, sums.b);
        keep(row + 2u, column, sums.c);
        keep(row + 3u, column, sums.d);
    }
}
