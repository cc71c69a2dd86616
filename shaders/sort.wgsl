// Sorts keys, or the places of keys: a bitonic network whose comparisons all put the smaller key first; keys that are
// near each other are compared in work-group memory. Needs `ranks`.
//
// buffers     x[size]: keys; ranks[size], for PAIRS followed by as many places; y[size]: sorted keys, for PAIRS places
// parameters  size: a power of two, at least BLOCK; of `merge_far`: apart, the least distance of its comparisons, at
//             least BLOCK; levels, the number of its distances, each twice the one before, 1 or 2; flipped, 1 if the
//             largest of these distances joins two sorted halves, the second read from its end; of the other kernels:
//             last, 1 to write y; zero: 0
// constants   GROUP: invocations per work-group; BLOCK: keys per work-group, a power of two; FLOATS as in `ranks`;
//             PAIRS: 1 to sort places with their keys, ties by place

struct Parameters { size: u32, apart: u32, levels: u32, flipped: u32, last: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<i32>;
@group(0) @binding(1) var<storage, read_write> ranks: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

struct Entry { rank: i32, place: i32 }

var<workgroup> ranks_here: array<i32, BLOCK>;
var<workgroup> places_here: array<i32, PAIRS * (BLOCK - 1u) + 1u>;

fn is_after(a: Entry, b: Entry) -> bool {
    return a.rank > b.rank || (PAIRS != 0u && a.rank == b.rank && a.place > b.place);
}

fn entry_here(i: u32) -> Entry {
    if (PAIRS == 0u) { return Entry(ranks_here[i], 0); }
    return Entry(ranks_here[i], places_here[i]);
}

fn put_here(i: u32, entry: Entry) {
    ranks_here[i] = entry.rank;
    if (PAIRS != 0u) { places_here[i] = entry.place; }
}

fn entry_at(i: u32) -> Entry {
    if (PAIRS == 0u) { return Entry(ranks[i], 0); }
    return Entry(ranks[i], ranks[parameters.size + i]);
}

fn put(i: u32, entry: Entry) {
    ranks[i] = entry.rank;
    if (PAIRS != 0u) { ranks[parameters.size + i] = entry.place; }
}

// The comparisons of a block over one distance; `flipped` reads the second of two sorted halves from its end.
fn compare_here(item: u32, distance: u32, flipped: bool) {
    workgroupBarrier();
    for (var c = item; c < BLOCK / 2u; c += GROUP) {
        let low = c & (distance - 1u);
        let first = 2u * (c - low);
        let i = first + low;
        let j = first + select(distance + low, 2u * distance - 1u - low, flipped);
        let a = entry_here(i);
        let b = entry_here(j);
        if (is_after(a, b)) {
            put_here(i, b);
            put_here(j, a);
        }
    }
}

fn merge_here(item: u32, distance: u32) {
    for (var d = distance; d > 0u; d /= 2u) { compare_here(item, d, false); }
}

fn give(item: u32, start: u32) {
    workgroupBarrier();
    for (var i = item; i < BLOCK && start < parameters.size; i += GROUP) {
        let entry = entry_here(i);
        if (parameters.last != 0u) {
            y[start + i] = select(key_of(entry.rank), entry.place, PAIRS != 0u);
        } else {
            put(start + i, entry);
        }
    }
}

// Sorts a block of keys.
@compute @workgroup_size(GROUP)
fn sort_blocks(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
               @builtin(local_invocation_index) item: u32) {
    let start = linear_group(group, groups) * BLOCK;
    for (var i = item; i < BLOCK && start < parameters.size; i += GROUP) {
        put_here(i, Entry(rank_of(x[start + i]), i32(start + i)));
    }
    for (var run = 1u; run < BLOCK; run *= 2u) {
        compare_here(item, run, true);
        merge_here(item, run / 2u);
    }
    give(item, start);
}

fn exchange(i: u32, j: u32) {
    let a = entry_at(i);
    let b = entry_at(j);
    if (is_after(a, b)) {
        put(i, b);
        put(j, a);
    }
}

// Comparisons over distances larger than a block: an invocation takes two or four entries and compares them.
@compute @workgroup_size(GROUP)
fn merge_far(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
             @builtin(local_invocation_index) item: u32) {
    let apart = parameters.apart;
    let id = linear_group(group, groups) * GROUP + item;
    let low = id & (apart - 1u);
    let first = (id - low) << parameters.levels;
    if (first >= parameters.size) { return; }
    let i = first + low;
    let mirrored = first + select(low, apart - 1u - low, parameters.flipped != 0u);
    if (parameters.levels == 1u) {
        exchange(i, mirrored + apart);
        return;
    }
    let third = mirrored + 2u * apart;
    exchange(i, third + select(0u, apart, parameters.flipped != 0u));
    exchange(i + apart, third + select(apart, 0u, parameters.flipped != 0u));
    exchange(i, i + apart);
    exchange(third, third + apart);
}

// Comparisons of a block over half its size and all smaller distances.
@compute @workgroup_size(GROUP)
fn merge_blocks(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                @builtin(local_invocation_index) item: u32) {
    let start = linear_group(group, groups) * BLOCK;
    for (var i = item; i < BLOCK && start < parameters.size; i += GROUP) { put_here(i, entry_at(start + i)); }
    merge_here(item, BLOCK / 2u);
    give(item, start);
}
