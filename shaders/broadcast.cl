// Every row of y is x; a work-group writes one row. A work-item's words are GROUP apart, so that a work-group accesses
// neighbouring words; in a work-group of one work-item they are a loop that the compiler can vectorise.
//
// buffers     x[words], y[rows·words]
// parameters  rows; words: per row; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void broadcast(__global const uint *restrict x, __global uint *restrict y, const uint rows, const uint words,
               const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    __global uint *there = y + (size_t)row * words;
    for (uint i = get_local_id(0); i < words; i += GROUP) there[i] = x[i];
}
