// Arranges the factors of a contraction in the order in which `tiles` visits them. Needs `depth_first` and `element`.
//
// buffers     a and b as words, an element at offset + m·matrix + line·along + k·down; panels of a and of b:
//             [matrix][panel][place][ROWS or COLUMNS], +0 where the row, column or k does not exist
// parameters  matrices; rows, columns; ones: 1 if b has one more column, all ones; depth; places: depth rounded up to a
//             multiple of 64; offset, matrix, along, down of a and of b; zero: 0
// constants   GROUP: 64; ROWS, COLUMNS: of a panel; BLOCK: 4096
//
// The places of a block, in order: its lanes, depth first, and for each lane its terms, ascending. A work-group fills a
// block of a panel, a work-item one of its lanes.

// The number of panels of `lines` lines, `width` per panel.
static inline uint panels_of(uint lines, uint width) { return (lines + width - 1) / width; }

// Fills a lane of block `number`, counted over all panels of an operand with `lines` lines and `ones` more, `width` per
// panel.
static inline void fill(__global const uint *restrict words, __global float *restrict panels, uint number, uint width,
                        uint lines, uint ones, uint matrix, uint along, uint down, uint depth, uint places) {
    const uint leaf = get_local_id(0), blocks = (places + BLOCK - 1) / BLOCK, block = number % blocks;
    const uint start = block * BLOCK, terms = min((uint)BLOCK, places - start) / 64;
    const uint panel = number / blocks, of_each = panels_of(lines + ones, width), first = panel % of_each * width;
    const uint base = panel / of_each * matrix;
    panels += ((size_t)panel * places + start + leaf * terms) * width;
    uint k = start + lane_of(leaf);
    for (uint term = 0; term < terms; ++term, k += 64, panels += width) {
        const uint index = base + first * along + k * down;
        if (k < depth && first + width <= lines) {
            if (along == 1) {  // contiguous elements become vectors
                for (uint i = 0; i < width; ++i) panels[i] = element(words, index + i);
            } else {
                for (uint i = 0; i < width; ++i) panels[i] = element(words, index + i * along);
            }
        } else {
            for (uint i = 0; i < width; ++i) {
                const float beyond = k < depth && first + i < lines + ones ? 1.0f : 0.0f;
                const bool there = k < depth && first + i < lines;
                panels[i] = there ? element(words, index + i * along) : beyond;
            }
        }
    }
}

// The number of blocks in all panels of a matrix of `lines` lines, `width` per panel.
static inline uint blocks_of(uint lines, uint width, uint places) {
    return panels_of(lines, width) * ((places + BLOCK - 1) / BLOCK);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void pack(__global const uint *restrict a, __global const uint *restrict b, __global float *restrict a_panels,
          __global float *restrict b_panels, const uint matrices, const uint rows, const uint columns, const uint ones,
          const uint depth, const uint places, const uint a_offset, const uint a_matrix, const uint a_along,
          const uint a_down, const uint b_offset, const uint b_matrix, const uint b_along, const uint b_down,
          const uint zero) {
    const uint number = get_group_id(0), of_a = matrices * blocks_of(rows, ROWS, places);
    const uint of_b = matrices * blocks_of(columns + ones, COLUMNS, places);
    if (number < of_a) {
        fill(a + a_offset, a_panels, number, ROWS, rows, 0, a_matrix, a_along, a_down, depth, places);
    } else if (number < of_a + of_b) {
        fill(b + b_offset, b_panels, number - of_a, COLUMNS, columns, ones, b_matrix, b_along, b_down, depth, places);
    }
}
