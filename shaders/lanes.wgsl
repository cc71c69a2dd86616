// Reductions by a work-group: for GPUs, where neighbouring invocations read neighbouring addresses. Needs `terms` and a
// part that defines an element (`elements`, `pairs`, `errors`).
//
// constants   GROUP: invocations per work-group; BLOCK: elements summed before a new accumulation starts (4096)

var<workgroup> values: array<f32, GROUP>;

// One lane: the terms of elements first, first + 64 … below end, which are `spread` apart, from `offset` on.
fn lane(combination: u32, kind: u32, offset: u32, spread: u32, first: u32, end: u32, base: f32) -> f32 {
    var a = 0.0;
    if (combination != SUM) { a = term(kind, element(offset), base); }
    for (var k = first; k < end; k += 64u) {
        a = combined(combination, a, term(kind, element(offset + k * spread), base));
    }
    return a;
}

// The halving tree over `count` invocations at distances of `apart`; every invocation gets the result.
fn folded(combination: u32, id: u32, count: u32, apart: u32, value: f32) -> f32 {
    values[id] = value;
    for (var s = count / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (id < s * apart) { values[id] = combined(combination, values[id], values[id + s * apart]); }
    }
    workgroupBarrier();
    let result = values[id % apart];
    workgroupBarrier();
    return result;
}

// The reduction of a whole row by 64 invocations: the result of block j goes to lane j mod 64 of the reduction of
// blocks. n is at most 2^24.
fn row(combination: u32, kind: u32, first: u32, n: u32, base: f32, item: u32) -> f32 {
    var result = 0.0;
    var mine = 0.0;
    var j = 0u;
    for (var start = 0u; start < n; start += BLOCK) {
        let part = lane(combination, kind, first + start, 1u, item, min(BLOCK, n - start), base);
        result = folded(combination, item, 64u, 1u, part);
        if (j == 0u && combination != SUM) { mine = result; }
        if (item == j % 64u) { mine = combined(combination, mine, result); }
        j++;
    }
    if (n > BLOCK) { result = folded(combination, item, 64u, 1u, mine); }
    return result;
}
