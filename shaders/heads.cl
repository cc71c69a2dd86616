// The heads of attention. A work-group takes a row of a sequence: `split` moves its words from heads side by side to
// heads one after another, `merge` back. A work-item's words are GROUP apart; in a work-group of one work-item they are a loop that
// the compiler can vectorise.
//
// buffers     split: x[batch][n][heads][d], y[batch][heads][n][d]; merge: the other way round
// parameters  rows: batch·n; heads, n, d; zero: 0
// constants   GROUP: work-items per work-group

// The first word of a head's part of a row, where heads lie one after another.
static inline size_t part_of(uint row, uint head, uint heads, uint n, uint d) {
    return (((size_t)(row / n) * heads + head) * n + row % n) * d;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void split(__global const uint *restrict x, __global uint *restrict y, const uint rows, const uint heads, const uint n,
           const uint d, const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    for (uint head = 0; head < heads; ++head) {
        __global const uint *from = x + ((size_t)row * heads + head) * d;
        __global uint *to = y + part_of(row, head, heads, n, d);
        for (uint i = get_local_id(0); i < d; i += GROUP) to[i] = from[i];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void merge(__global const uint *restrict x, __global uint *restrict y, const uint rows, const uint heads, const uint n,
           const uint d, const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    for (uint head = 0; head < heads; ++head) {
        __global const uint *from = x + part_of(row, head, heads, n, d);
        __global uint *to = y + ((size_t)row * heads + head) * d;
        for (uint i = get_local_id(0); i < d; i += GROUP) to[i] = from[i];
    }
}
