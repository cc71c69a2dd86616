// Keys in order, or the places of keys in order: a bitonic network whose comparisons all put the smaller first, in
// workgroup memory where they are near one another. After `ranks`.
//
// buffers     x[size]: keys; ranks[size], for PAIRS followed by as many places; y[size]: sorted keys, for PAIRS places
// parameters  size: a power of two, at least BLOCK; apart: of `merge_far` the least distance of those that it
//             compares over, at least BLOCK; levels: how many, each twice the next, 1 or 2; flipped: 1 where the first
//             of them compares two sorted halves, the second from its end; last: of the others 1 where y is written;
//             zero: 0
// constants   GROUP: invocations a work-group; BLOCK: keys it takes, a power of two; FLOATS as in `ranks`; PAIRS: 1
//             where places are sorted with their keys, ties by place

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

// The block's comparisons over one distance; of sorted halves the second from its end.
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

// A block, from its keys on.
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

// Over distances that are larger than a block: an item has what is compared with one another, two entries or four.
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

// A block, over half of it and all distances that are smaller.
@compute @workgroup_size(GROUP)
fn merge_blocks(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                @builtin(local_invocation_index) item: u32) {
    let start = linear_group(group, groups) * BLOCK;
    for (var i = item; i < BLOCK && start < parameters.size; i += GROUP) { put_here(i, entry_at(start + i)); }
    merge_here(item, BLOCK / 2u);
    give(item, start);
}
