// The operands of a matrix product laid out as `matmul` walks them: after a products part, which says what a word holds.
//
// buffers     a[rows][depth] and b[depth][columns], transposed b[columns][depth], both as words; panels of a and of b:
//             [panel][place][ROWS or COLUMNS], +0 where there is no such row, column or k
// parameters  rows, columns, depth; places: depth up to a multiple of 64; zero: 0
// constants   GROUP: work-items a work-group; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, one after another: its lanes in the order in which the halving tree needs them, depth first
// (0, 32, 16, 48, 8 …: their bits reversed), and of a lane its terms, ascending. A work-item fills one place.

static inline uint lane_of(uint leaf) {
    return (leaf & 1) << 5 | (leaf & 2) << 3 | (leaf & 4) << 1 | (leaf & 8) >> 1 | (leaf & 16) >> 3 | leaf >> 5;
}

// The k at a place.
static inline uint depth_at(uint place, uint places) {
    const uint start = place / BLOCK * BLOCK, terms = min((uint)BLOCK, places - start) / 64;
    return start + lane_of((place - start) / terms) + (place - start) % terms * 64;
}

// `width` lines of an operand at one k, the first line `first`: `start` is the element of line 0, `along` from line to
// line. `lines` is 0 where there is no such k.
static inline void fill(__global const uint *restrict words, __global float *restrict place, uint width, uint first,
                        uint lines, uint start, uint along) {
    if (first + width <= lines) {
        for (uint i = 0; i < width; ++i) place[i] = element(words, start + (first + i) * along);
    } else {
        for (uint i = 0; i < width; ++i) place[i] = first + i < lines ? element(words, start + (first + i) * along) : 0;
    }
}

static inline void fill_rows(__global const uint *restrict words, __global float *restrict panels, uint id, uint width,
                             uint lines, uint depth, uint places) {
    const uint k = depth_at(id % places, places);
    fill(words, panels + (size_t)id * width, width, id / places * width, k < depth ? lines : 0, k, depth);
}

static inline void fill_columns(__global const uint *restrict words, __global float *restrict panels, uint id,
                                uint width, uint lines, uint depth, uint places) {
    const uint k = depth_at(id % places, places);
    fill(words, panels + (size_t)id * width, width, id / places * width, k < depth ? lines : 0, k * lines, 1);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void pack(__global const uint *restrict a, __global const uint *restrict b, __global float *restrict a_panels,
          __global float *restrict b_panels, const uint rows, const uint columns, const uint depth, const uint places,
          const uint zero) {
    const uint id = get_global_id(0), of_a = (rows + ROWS - 1) / ROWS * places;
    if (id < of_a) fill_rows(a, a_panels, id, ROWS, rows, depth, places);
    else if ((id - of_a) / places * COLUMNS < columns) fill_columns(b, b_panels, id - of_a, COLUMNS, columns, depth, places);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void pack_transposed(__global const uint *restrict a, __global const uint *restrict b, __global float *restrict a_panels,
                     __global float *restrict b_panels, const uint rows, const uint columns, const uint depth,
                     const uint places, const uint zero) {
    const uint id = get_global_id(0), of_a = (rows + ROWS - 1) / ROWS * places;
    if (id < of_a) fill_rows(a, a_panels, id, ROWS, rows, depth, places);
    else if ((id - of_a) / places * COLUMNS < columns) fill_rows(b, b_panels, id - of_a, COLUMNS, columns, depth, places);
}
