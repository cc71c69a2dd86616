// Every row of y is a row of left followed by a row of right; a work-group writes one row. A work-item's words are
// GROUP apart, so that a work-group accesses neighbouring words; in a work-group of one work-item they are a loop that
// the compiler can vectorise.
//
// buffers     left[rows·left_words], right[rows·right_words], y[rows·words]
// parameters  rows; left_words, right_words, words: per row of left, right and y; joined: 1 if the last word of a row
//             of left holds only one half, so that the halves of right move by one, else 0; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void concat(__global const uint *restrict left, __global const uint *restrict right, __global uint *restrict y,
            const uint rows, const uint left_words, const uint right_words, const uint words, const uint joined,
            const uint zero) {
    const uint row = get_group_id(0);
    if (row >= rows) return;
    __global const uint *lefts = left + (size_t)row * left_words;
    __global const uint *rights = right + (size_t)row * right_words;
    __global uint *there = y + (size_t)row * words;
    const uint whole = left_words - joined;
    for (uint i = get_local_id(0); i < whole; i += GROUP) there[i] = lefts[i];
    if (joined == 0) {
        for (uint i = get_local_id(0); i < right_words; i += GROUP) there[whole + i] = rights[i];
        return;
    }
    if (get_local_id(0) == 0) there[whole] = lefts[whole] | (rights[0] << 16);
    for (uint i = get_local_id(0) + 1; i < words - whole; i += GROUP) {
        const uint next = i < right_words ? rights[i] << 16 : 0u;
        there[whole + i] = (rights[i - 1] >> 16) | next;
    }
}
