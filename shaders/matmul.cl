// y = a b of panels (`panels`), every output the canonical dot of NUMERICS.md section 2: after `depth_first` and a
// products part.
//
// buffers     a_panels, b_panels, y[rows][columns]
// parameters  rows, columns; places: of a panel; first, end: the panels of a that this launch takes; zero: 0
// constants   GROUP: work-items a work-group, SIDE in a square; ROWS, COLUMNS: of a panel; VECTOR: 4 or 8 floats;
//             STRIPS: panels of a that a work-group takes; BLOCK: 4096; LEVELS: of the tree, 6 for one block, 12
//             for up to 64 of them
//
// A work-item computes a tile of ROWS / SIDE by COLUMNS / SIDE outputs, a lane of all of them at a time. Depth first,
// no more than LEVELS partial tiles of the halving tree wait for their other half.

#define PASTED(name, width) name##width
#define WITH(name, width) PASTED(name, width)
#define TILE_ROWS (ROWS / SIDE)
#define VECTORS (COLUMNS / SIDE / VECTOR)
#define EACH _Pragma("unroll") for (uint r = 0; r < TILE_ROWS; ++r) _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v)

typedef WITH(float, VECTOR) vector;
typedef struct { vector of[TILE_ROWS][VECTORS]; } tile;

// The dots of a tile. Leaves are lanes of a block of 4096, blocks lanes of the reduction of their results.
static inline tile dots(__global const float *restrict a_panel, __global const float *restrict b_panel, uint places,
                        uint zero) {
    tile waiting[LEVELS], c;
    for (uint leaf = 0; leaf < 1 << LEVELS; ++leaf) {
        const uint start = lane_of(leaf / 64) * BLOCK, terms = min((uint)BLOCK, max(start, places) - start) / 64;
        const size_t place = start + leaf % 64 * terms;
        __global const float *a = a_panel + place * ROWS, *b = b_panel + place * COLUMNS;
        EACH c.of[r][v] = 0;
        for (uint i = 0; i < terms; ++i, a += ROWS, b += COLUMNS) {
            __global const vector *w = (__global const vector *)b;  // PoCL's vload takes elements one by one
            EACH c.of[r][v] = WITH(plus_product, VECTOR)(c.of[r][v], a[r], w[v], zero);
        }
        uint level = 0;
        for (uint rest = leaf; rest & 1; rest >>= 1, ++level) {
            EACH c.of[r][v] = WITH(settled, VECTOR)(waiting[level].of[r][v] + c.of[r][v]);
        }
        if (level < LEVELS) waiting[level] = c;
    }
    return c;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void tiles(__global const float *restrict a_panels, __global const float *restrict b_panels, __global float *restrict y,
           const uint rows, const uint columns, const uint places, const uint first, const uint end, const uint zero) {
    const uint down = get_local_id(0) / SIDE * TILE_ROWS, across = get_local_id(0) % SIDE * (COLUMNS / SIDE);
    const uint strips = (end - first + STRIPS - 1) / STRIPS;
    const uint b_panel = get_group_id(0) / strips, strip = first + get_group_id(0) % strips * STRIPS;
    const uint column = b_panel * COLUMNS + across;
    const uint width = column < columns ? min((uint)(COLUMNS / SIDE), columns - column) : 0;
    __global const float *b = b_panels + (size_t)b_panel * places * COLUMNS + across;
    for (uint panel = strip; panel < min(strip + STRIPS, end); ++panel) {
        const tile sums = dots(a_panels + (size_t)panel * places * ROWS + down, b, places, zero);
        for (uint r = 0; r < TILE_ROWS && panel * ROWS + down + r < rows; ++r) {
            const float *from = (const float *)sums.of[r];
            __global float *to = y + (size_t)(panel * ROWS + down + r) * columns + column;
            for (uint i = 0; i < width; ++i) to[i] = stored(from[i], zero);
        }
    }
}
