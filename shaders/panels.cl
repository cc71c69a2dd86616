// The operands of a matrix product laid out as `matmul` walks them: after `depth_first` and a products part, which says
// what a word holds.
//
// buffers     a[rows][depth] and b[depth][columns], transposed b[columns][depth], both as words; panels of a and of b:
//             [panel][place][ROWS or COLUMNS], +0 where there is no such row, column or k
// parameters  rows, columns, depth; places: depth up to a multiple of 64; zero: 0
// constants   GROUP: work-items a work-group; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, one after another: its lanes, depth first, and of a lane its terms, ascending. A work-item
// fills a lane of a panel.

// Lane `id` of all panels of an operand of `lines`, `width` of them a panel. An element's index is its line times
// `along` plus its k times `down`.
static inline void fill(__global const uint *restrict words, __global float *restrict panels, uint id, uint width,
                        uint lines, uint along, uint down, uint depth, uint places) {
    const uint leaf = id % 64, blocks = (places + BLOCK - 1) / BLOCK, block = id / 64 % blocks;
    const uint start = block * BLOCK, terms = min((uint)BLOCK, places - start) / 64;
    const uint panel = id / 64 / blocks, first = panel * width;
    panels += ((size_t)panel * places + start + leaf * terms) * width;
    uint k = start + lane_of(leaf);
    for (uint term = 0; term < terms; ++term, k += 64, panels += width) {
        if (k < depth && first + width <= lines) {
            for (uint i = 0; i < width; ++i) panels[i] = element(words, (first + i) * along + k * down);
        } else {
            for (uint i = 0; i < width; ++i) {
                const bool there = k < depth && first + i < lines;
                panels[i] = there ? element(words, (first + i) * along + k * down) : 0.0f;
            }
        }
    }
}

// The lanes of all panels of `lines`, `width` of them a panel.
static inline uint lanes_of(uint lines, uint width, uint places) {
    return (lines + width - 1) / width * ((places + BLOCK - 1) / BLOCK) * 64;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void pack(__global const uint *restrict a, __global const uint *restrict b, __global float *restrict a_panels,
          __global float *restrict b_panels, const uint rows, const uint columns, const uint depth, const uint places,
          const uint zero) {
    const uint id = get_global_id(0), of_a = lanes_of(rows, ROWS, places), of_b = lanes_of(columns, COLUMNS, places);
    if (id < of_a) fill(a, a_panels, id, ROWS, rows, depth, 1, depth, places);
    else if (id < of_a + of_b) fill(b, b_panels, id - of_a, COLUMNS, columns, 1, columns, depth, places);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void pack_transposed(__global const uint *restrict a, __global const uint *restrict b,
                     __global float *restrict a_panels, __global float *restrict b_panels, const uint rows,
                     const uint columns, const uint depth, const uint places, const uint zero) {
    const uint id = get_global_id(0), of_a = lanes_of(rows, ROWS, places), of_b = lanes_of(columns, COLUMNS, places);
    if (id < of_a) fill(a, a_panels, id, ROWS, rows, depth, 1, depth, places);
    else if (id < of_a + of_b) fill(b, b_panels, id - of_a, COLUMNS, columns, depth, 1, depth, places);
}
