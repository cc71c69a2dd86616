// The rows of y are by turns `run` rows of left and as many of right; a work-group writes one row. A work-item's words
// are GROUP apart, so that a work-group accesses neighbouring words; in a work-group of one work-item they are a loop
// that the compiler can vectorise.
//
// buffers     left[rows/2·words], right[rows/2·words], y[rows·words]
// parameters  rows: of y; run; words: per row; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void stack(__global const uint *restrict left, __global const uint *restrict right, __global uint *restrict y,
           const uint rows, const uint run, const uint words, const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    const size_t from = (size_t)(row / (2 * run) * run + row % run) * words;
    __global const uint *here = (row / run % 2 == 0 ? left : right) + from;
    __global uint *there = y + (size_t)row * words;
    for (uint i = get_local_id(0); i < words; i += GROUP) there[i] = here[i];
}
