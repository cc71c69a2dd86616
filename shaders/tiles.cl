// A contraction of panels (`panels`): every output is the canonical dot of NUMERICS.md section 2. Needs `depth_first`,
// a products part and `epilogue`.
//
// buffers     a_panels, b_panels; extra, y: an element at offset + m·matrix + row·along + column·down
// parameters  rows, columns; places: per panel; first_matrix, end_matrix: the range of matrices of this launch; first,
//             end: that of panels of a; offset, matrix, along, down of extra and of y; kind, least as in `epilogue`;
//             zero: 0
// constants   GROUP: work-items per work-group, a square of SIDE by SIDE; ROWS, COLUMNS: of a panel; VECTOR: 4, 8 or
//             16 floats; STRIPS: panels of a per work-group; BLOCK: 4096; LEVELS: of the tree, 6 for one block, 12 for up
//             to 64 blocks; WIDTH: outputs that `epilogue` takes at a time
//
// A work-item computes a tile of ROWS / SIDE by COLUMNS / SIDE outputs, one lane of all of them at a time. Depth first,
// at most LEVELS partial tiles of the halving tree are pending.

#define PASTED(name, width) name##width
#define WITH(name, width) PASTED(name, width)
#define TILE_ROWS (ROWS / SIDE)
#define VECTORS (COLUMNS / SIDE / VECTOR)
#define EACH _Pragma("unroll") for (uint r = 0; r < TILE_ROWS; ++r) _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v)

typedef WITH(float, VECTOR) vector;
typedef struct { vector of[TILE_ROWS][VECTORS]; } tile;

// The dots of a tile. The leaves of the tree are the lanes of blocks of 4096; the blocks are the lanes of a last
// reduction.
static inline tile dots(__global const float *restrict a_panel, __global const float *restrict b_panel, uint places,
                        uint zero) {
    tile waiting[LEVELS];
    vector c[TILE_ROWS][VECTORS];  // not a tile: PoCL does not keep a struct in registers that is copied whole
    for (uint leaf = 0; leaf < 1 << LEVELS; ++leaf) {
        const uint start = lane_of(leaf / 64) * BLOCK, terms = min((uint)BLOCK, max(start, places) - start) / 64;
        const size_t place = start + leaf % 64 * terms;
        __global const float *a = a_panel + place * ROWS, *b = b_panel + place * COLUMNS;
        EACH c[r][v] = 0;
        for (uint i = 0; i < terms; ++i, a += ROWS, b += COLUMNS) {
            __global const vector *w = (__global const vector *)b;  // PoCL's vload loads elements one by one
            EACH c[r][v] = WITH(plus_product, VECTOR)(c[r][v], a[r], w[v], zero);
        }
        uint level = 0;
        for (uint rest = leaf; rest & 1; rest >>= 1, ++level) {
            EACH c[r][v] = WITH(settled, VECTOR)(waiting[level].of[r][v] + c[r][v]);
        }
        if (level < LEVELS) { EACH waiting[level].of[r][v] = c[r][v]; }
    }
    tile sums;
    EACH sums.of[r][v] = c[r][v];
    return sums;
}

typedef real loose __attribute__((aligned(4)));  // WIDTH elements at any multiple of four bytes

// `count` elements at distances of `down`.
static inline real taken(__global const float *from, uint down, uint count) {
    if (count == WIDTH && down == 1) return *(__global const loose *)from;
    real values = 0;
    for (uint i = 0; i < count; ++i) ((float *)&values)[i] = from[i * down];
    return values;
}

static inline void put(real values, __global float *to, uint down, uint count) {
    if (count == WIDTH && down == 1) {
        *(__global loose *)to = values;
    } else {
        for (uint i = 0; i < count; ++i) to[i * down] = ((const float *)&values)[i];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void tiles(__global const float *restrict a_panels, __global const float *restrict b_panels,
           __global const float *restrict extra, __global float *restrict y, const uint rows, const uint columns,
           const uint places, const uint first_matrix, const uint end_matrix, const uint first, const uint end,
           const uint extra_offset, const uint extra_matrix, const uint extra_along, const uint extra_down,
           const uint y_offset, const uint y_matrix, const uint y_along, const uint y_down, const uint kind,
           const uint least, const uint zero) {
    const uint down = get_local_id(0) / SIDE * TILE_ROWS, across = get_local_id(0) % SIDE * (COLUMNS / SIDE);
    const uint strips = (end - first + STRIPS - 1) / STRIPS;
    const uint strip = first + get_group_id(0) % strips * STRIPS, line = get_group_id(0) / strips;
    const uint b_panels_each = (columns + COLUMNS - 1) / COLUMNS, a_panels_each = (rows + ROWS - 1) / ROWS;
    const uint matrix = first_matrix + line / b_panels_each, b_panel = line % b_panels_each;
    const uint column = b_panel * COLUMNS + across;
    const uint width = column < columns ? min((uint)(COLUMNS / SIDE), columns - column) : 0;
    __global const float *b = b_panels + ((size_t)matrix * b_panels_each + b_panel) * places * COLUMNS + across;
    a_panels += (size_t)matrix * a_panels_each * places * ROWS;
    extra += extra_offset + (size_t)matrix * extra_matrix + (size_t)column * extra_down;
    y += y_offset + (size_t)matrix * y_matrix + (size_t)column * y_down;
    for (uint panel = strip; panel < min(strip + STRIPS, end); ++panel) {
        const tile sums = dots(a_panels + (size_t)panel * places * ROWS + down, b, places, zero);
        for (uint r = 0; r < TILE_ROWS && panel * ROWS + down + r < rows; ++r) {
            const real *from = (const real *)sums.of[r];
            __global const float *beside = extra + (size_t)(panel * ROWS + down + r) * extra_along;
            __global float *to = y + (size_t)(panel * ROWS + down + r) * y_along;
            for (uint i = 0; i < width; i += WIDTH) {
                const uint count = min((uint)WIDTH, width - i);
                const real with = kind == PLAIN ? 0 : taken(beside + i * extra_down, extra_down, count);
                put(epilogue(from[i / WIDTH], with, kind, least, zero), to + i * y_down, y_down, count);
            }
        }
    }
}
