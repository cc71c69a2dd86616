// Reduces rows or columns of a matrix to one value each; a vector is a matrix of one row. Needs `pairs` and `lanes`.
//
// buffers     x[…], as in `words` or `halves`; with: the other array for PRODUCTS, or the bases of exponentials, an f32
//             for each row or column, or for INDEXED the places to visit, n per row; y: f32, for PLACES u32: one value
//             per block of a row [rows][blocks], or of a column [blocks][rows]
// parameters  rows: the number of rows, or columns, to reduce; n: elements of each; stride: the distance between rows
//             of x; count: the bits of the f32 that a mean is divided by; zero: 0
// constants   GROUP: invocations per work-group, for rows 64; BLOCK: elements per block (4096); PRODUCTS; TERM,
//             COMBINE, FINISH as in `terms`; PLACES: 1 to find the lowest index of the largest or least element;
//             INDEXED: 1 to visit only the places that `with` names
//
// Columns are divided into blocks for sums only. A largest or least element that is -0 is stored as +0.

struct Parameters { rows: u32, n: u32, stride: u32, count: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> with_x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

var<workgroup> places: array<u32, GROUP>;

struct BestPlace { value: f32, place: u32 }

fn better_of(a: BestPlace, b: BestPlace) -> BestPlace {
    let better = (COMBINE == MOST && b.value > a.value) || (COMBINE != MOST && b.value < a.value);
    if (better || (b.value == a.value && b.place < a.place)) { return b; }
    return a;
}

// `folded` of `lanes`, for places.
fn folded_places(id: u32, count: u32, apart: u32, first: BestPlace) -> u32 {
    var mine = first;
    values[id] = mine.value;
    places[id] = mine.place;
    for (var s = count / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (id < s * apart) {
            mine = better_of(mine, BestPlace(values[id + s * apart], places[id + s * apart]));
            values[id] = mine.value;
            places[id] = mine.place;
        }
    }
    return mine.place;
}

fn relative_to(line: u32) -> f32 {
    if (TERM == EXPONENTIAL || FINISH == 3u) { return bitcast<f32>(with_x[line]); }
    return 0.0;
}

// The k-th of the visited places of a row.
fn place_in(line: u32, k: u32) -> BestPlace {
    var place = k;
    if (INDEXED != 0u) { place = with_x[line * parameters.n + k]; }
    return BestPlace(element(line * parameters.stride + place), place);
}

@compute @workgroup_size(GROUP)
fn rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) item: u32) {
    let id = linear_group(group, groups);
    let blocks = (parameters.n + BLOCK - 1u) / BLOCK;
    let line = id / blocks;
    if (line >= parameters.rows) { return; }
    let start = id % blocks * BLOCK;
    let end = min(start + BLOCK, parameters.n);
    if (PLACES != 0u) {
        var mine = place_in(line, start);
        for (var k = start + item; k < end; k += GROUP) { mine = better_of(mine, place_in(line, k)); }
        let place = folded_places(item, GROUP, 1u, mine);
        if (item == 0u) { y[id] = place; }
    } else {
        let most = relative_to(line);
        let part = lane(COMBINE, TERM, line * parameters.stride + start, 1u, item, end - start, most);
        let sum = folded(COMBINE, item, GROUP, 1u, part);
        if (item == 0u) { y[id] = bitcast<u32>(finished(FINISH, sum, bitcast<f32>(parameters.count), most)); }
    }
}

// Eight invocations per column, each with every eighth lane; neighbouring invocations have neighbouring columns.
const WALKERS = 8u;
const APART = GROUP / WALKERS;

fn walked(offset: u32, walker: u32, size: u32, most: f32) -> f32 {
    var sums: array<f32, 8>;
    for (var m = 0u; m < 8u; m++) {
        sums[m] = lane(COMBINE, TERM, offset, parameters.stride, walker + WALKERS * m, size, most);
    }
    for (var s = 4u; s > 0u; s /= 2u) {
        for (var m = 0u; m < s; m++) { sums[m] = combined(COMBINE, sums[m], sums[m + s]); }
    }
    return sums[0];
}

@compute @workgroup_size(GROUP)
fn columns(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) id: u32) {
    let across = (parameters.rows + APART - 1u) / APART;
    let number = linear_group(group, groups);
    let walker = id / APART;
    let start = number / across * BLOCK;
    let column = number % across * APART + id % APART;
    let c = min(column, parameters.rows - 1u);
    let n = parameters.n;
    if (start >= n) { return; }
    let mine_to_keep = walker == 0u && column < parameters.rows;
    if (PLACES != 0u) {
        var mine = BestPlace(element(c), 0u);
        for (var k = walker; k < n; k += WALKERS) {
            mine = better_of(mine, BestPlace(element(k * parameters.stride + c), k));
        }
        let place = folded_places(id, WALKERS, APART, mine);
        if (mine_to_keep) { y[column] = place; }
    } else {
        let most = relative_to(c);
        let size = select(n, min(BLOCK, n - start), COMBINE == SUM);
        let sum = folded(COMBINE, id, WALKERS, APART, walked(start * parameters.stride + c, walker, size, most));
        if (mine_to_keep) {
            y[number / across * parameters.rows + column] =
                bitcast<u32>(finished(FINISH, sum, bitcast<f32>(parameters.count), most));
        }
    }
}
