// y = a b of panels (`panels`), every output the canonical dot of NUMERICS.md section 2: after a products part.
//
// buffers     a_panels, b_panels, y[rows][columns]
// parameters  rows, columns; places: of a panel; first, end: the panels of a that this launch takes; zero: 0
// constants   GROUP: work-items a work-group, SIDE in a square; ROWS, COLUMNS: of a panel; VECTOR: 4 or 8 floats;
//             STRIPS: panels of a that a work-group takes; BLOCK: 4096; LONG: 1 where there is more than one block
//
// A work-item computes a tile of ROWS / SIDE by COLUMNS / SIDE outputs, a lane of all of them at a time. Depth first,
// no more than six partial tiles of the halving tree wait for the other half.

#define PASTED(name, width) name##width
#define WITH(name, width) PASTED(name, width)
#define TILE_ROWS (ROWS / SIDE)
#define VECTORS (COLUMNS / SIDE / VECTOR)
#define EACH _Pragma("unroll") for (uint r = 0; r < TILE_ROWS; ++r) _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v)

typedef WITH(float, VECTOR) vector;
typedef struct { vector of[TILE_ROWS][VECTORS]; } tile;

// One block's part of a tile: `terms` of each lane.
static inline void block_tile(tile *sums, __global const float *restrict a, __global const float *restrict b,
                              uint terms, uint zero) {
    tile waiting[6];
    for (uint leaf = 0; leaf < 64; ++leaf) {
        vector c[TILE_ROWS][VECTORS];
        EACH c[r][v] = 0;
        for (uint i = 0; i < terms; ++i, a += ROWS, b += COLUMNS) {
            vector w[VECTORS];
            for (uint v = 0; v < VECTORS; ++v) w[v] = WITH(vload, VECTOR)(v, b);
            EACH c[r][v] = WITH(plus_product, VECTOR)(c[r][v], a[r], w[v], zero);
        }
        uint level = 0;
        for (uint rest = leaf; rest & 1; rest >>= 1, ++level) {
            EACH c[r][v] = WITH(settled, VECTOR)(waiting[level].of[r][v] + c[r][v]);
        }
        tile *to = level < 6 ? waiting + level : sums;
        EACH to->of[r][v] = c[r][v];
    }
}

// All blocks'. Block results are reduced like any other vector: block j goes to lane j mod 64.
static inline void whole_tile(tile *sums, __global const float *restrict a, __global const float *restrict b,
                              uint places, uint zero) {
    if (!LONG) {
        block_tile(sums, a, b, places / 64, zero);
        return;
    }
    tile lanes[64];
    for (uint i = 0; i < 64; ++i) EACH lanes[i].of[r][v] = 0;
    for (uint j = 0, start = 0; start < places; ++j, start += BLOCK) {
        block_tile(sums, a + (size_t)start * ROWS, b + (size_t)start * COLUMNS, min((uint)BLOCK, places - start) / 64,
                   zero);
        EACH lanes[j % 64].of[r][v] = WITH(settled, VECTOR)(lanes[j % 64].of[r][v] + sums->of[r][v]);
    }
    for (uint s = 32; s > 0; s /= 2) {
        for (uint i = 0; i < s; ++i) {
            EACH lanes[i].of[r][v] = WITH(settled, VECTOR)(lanes[i].of[r][v] + lanes[i + s].of[r][v]);
        }
    }
    *sums = lanes[0];
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void tiles(__global const float *restrict a_panels, __global const float *restrict b_panels, __global float *restrict y,
           const uint rows, const uint columns, const uint places, const uint first, const uint end, const uint zero) {
    const uint down = get_local_id(0) / SIDE * TILE_ROWS, across = get_local_id(0) % SIDE * (COLUMNS / SIDE);
    const uint strips = (end - first + STRIPS - 1) / STRIPS;
    const uint b_panel = get_group_id(0) / strips, strip = first + get_group_id(0) % strips * STRIPS;
    const uint column = b_panel * COLUMNS + across;
    __global const float *b = b_panels + (size_t)b_panel * places * COLUMNS + across;
    for (uint panel = strip; panel < min(strip + STRIPS, end); ++panel) {
        tile sums;
        whole_tile(&sums, a_panels + (size_t)panel * places * ROWS + down, b, places, zero);
        for (uint r = 0; r < TILE_ROWS && panel * ROWS + down + r < rows; ++r) {
            const float *from = (const float *)sums.of[r];
            __global float *to = y + (size_t)(panel * ROWS + down + r) * columns + column;
            const uint width = column < columns ? min((uint)(COLUMNS / SIDE), columns - column) : 0;
            for (uint i = 0; i < width; ++i) to[i] = stored(from[i], zero);
        }
    }
}
