// Every row of y is x, a row a work-group. An item's words lie GROUP apart, so those of a group are neighbours; of a
// group of one item they are a loop for the vectoriser.
//
// buffers     x[words], y[rows·words]
// parameters  rows; words: of a row; zero: 0
// constants   GROUP: work-items a work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void broadcast(__global const uint *restrict x, __global uint *restrict y, const uint rows, const uint words,
               const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    __global uint *there = y + (size_t)row * words;
    for (uint i = get_local_id(0); i < words; i += GROUP) there[i] = x[i];
}
