// Reductions by one work-item, eight elements at a time: for CPUs, where a work-item is a stream of vector
// instructions. Needs `rounding`, `elementary`, `terms`, `eight`, and WIDTH 8.
//
// constants   BLOCK: elements summed before a new accumulation starts (4096)
//
// A row is reduced over `n` elements from the offset `first`. The 64 lanes are eight vectors. Places that repeat an
// element, where fewer than eight are left, change no maximum, and count as 0 in a sum.

static inline float folded(uint combination, float8 a, uint zero) {
    a.lo = combined(combination, (float8)(a.lo, a.lo), (float8)(a.hi, a.hi), zero).lo;
    a.lo.lo = combined(combination, (float8)(a.lo, a.lo), (float8)(a.lo.hi, a.lo.hi, a.lo.hi, a.lo.hi), zero).lo.lo;
    return combined(combination, (float8)(a.s0), (float8)(a.s1), zero).s0;
}

static inline float folded_lanes(uint combination, float8 *a, uint zero) {
    for (uint s = 4; s > 0; s /= 2)
        for (uint v = 0; v < s; ++v) a[v] = combined(combination, a[v], a[v + s], zero);
    return folded(combination, a[0], zero);
}

// `combination` of the terms `kind` of n elements, at most a block.
static inline float block(uint combination, uint kind, operands z, size_t first, uint n, float base, uint zero) {
    float8 a[8];
    const float8 start = combination == SUM ? 0.0f : term(kind, vector_of(z, first, min(n, 1u), zero), base, zero);
    #pragma unroll
    for (uint v = 0; v < 8; ++v) a[v] = start;
    uint k = 0;
    for (; k + 64 <= n; k += 64) {
        #pragma unroll
        for (uint v = 0; v < 8; ++v)
            a[v] = combined(combination, a[v], term(kind, vector_of(z, first + k + 8 * v, 8, zero), base, zero), zero);
    }
    #pragma unroll
    for (uint v = 0; v < 8; ++v) {
        const int left = (int)n - (int)(k + 8 * v);
        if (left <= 0) continue;
        const float8 t = term(kind, vector_of(z, first + k + 8 * v, left, zero), base, zero);
        const int8 there = (int8)(0, 1, 2, 3, 4, 5, 6, 7) < left;
        a[v] = combined(combination, a[v], combination == SUM ? (there ? t : 0.0f) : t, zero);
    }
    return folded_lanes(combination, a, zero);
}

// The same for a whole row: block results are reduced in the same way, block j in lane j mod 64; n is at most 2^24.
static inline float row(uint combination, uint kind, operands z, size_t first, uint n, float base, uint zero) {
    float sum = block(combination, kind, z, first, min(n, (uint)BLOCK), base, zero);
    if (n <= BLOCK) return sum;
    float8 a[8];
    for (uint v = 0; v < 8; ++v) a[v] = combination == SUM ? 0.0f : sum;
    for (uint j = 0, k = 0; k < n; ++j, k += BLOCK) {
        if (j > 0) sum = block(combination, kind, z, first + k, min(n - k, (uint)BLOCK), base, zero);
        float *lane = (float *)a + j % 64;
        *lane = combined(combination, *lane, sum, zero).s0;
    }
    return folded_lanes(combination, a, zero);
}
