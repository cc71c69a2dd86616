// Reductions by a work-group: for GPUs, where neighbouring work-items read neighbouring addresses. Needs `terms` and a
// part that defines an element (`elements`, `pairs`, `errors`).
//
// constants   GROUP: work-items per work-group; BLOCK: elements summed before a new accumulation starts (4096)

// One lane: the terms of elements first, first + 64 … below end, which are `spread` apart, from `offset` on.
static inline float lane(uint combination, uint kind, operands z, size_t offset, uint spread, uint first, uint end,
                         float base, uint zero) {
    float a = combination == SUM ? 0.0f : term(kind, element(z, offset, zero), base, zero);
    for (uint k = first; k < end; k += 64)
        a = combined(combination, a, term(kind, element(z, offset + (size_t)k * spread, zero), base, zero), zero);
    return a;
}

// The halving tree over `count` work-items at distances of `apart`; every work-item gets the result.
static inline float folded(uint combination, __local float *values, uint id, uint count, uint apart, float value,
                           uint zero) {
    values[id] = value;
    for (uint s = count / 2; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (id < s * apart) values[id] = combined(combination, values[id], values[id + s * apart], zero);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float result = values[id % apart];
    barrier(CLK_LOCAL_MEM_FENCE);
    return result;
}

// The reduction of a whole row by 64 work-items: the result of block j goes to lane j mod 64 of the reduction of
// blocks. n is at most 2^24.
static inline float row(uint combination, uint kind, operands z, uint n, float base, __local float *values, uint item,
                        uint zero) {
    float result = 0, mine = 0;
    for (uint start = 0, j = 0; start < n; start += BLOCK, ++j) {
        const uint size = min((uint)BLOCK, n - start);
        const float part = lane(combination, kind, z, start, 1, item, size, base, zero);
        result = folded(combination, values, item, 64, 1, part, zero);
        if (j == 0 && combination != SUM) mine = result;
        if (item == j % 64) mine = combined(combination, mine, result, zero);
    }
    return n > BLOCK ? folded(combination, values, item, 64, 1, mine, zero) : result;
}
