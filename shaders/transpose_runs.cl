// `transpose_tiles` for CPUs: a work-item takes a tile of 8·RUN by 8·RUN words, transposes it in registers, in blocks
// of eight by eight words, into private memory, and then writes it in rows of RUN vectors. The rows of a large matrix
// share few cache lines, so each line is filled at once. There is no WGSL version; `transpose_tiles` is used instead.
//
// buffers     x[rows·columns], y[columns·rows], one f32 or two f16 per word, in whole tiles
// parameters  tiles; across: tiles per row of x; x_stride, y_stride: words per row; zero: 0
// constants   GROUP: work-items per work-group; PER_WORD: 1 for f32, 2 for f16; RUN: vectors per row of a tile

// Stores that bypass the caches, if the compiler has them: nothing written here is read again, and no cache line has to
// be read before it is written.
#ifdef __has_builtin
#if __has_builtin(__builtin_nontemporal_store)
#define STREAM8(values, place) __builtin_nontemporal_store(values, (__global uint8 *)(place))
#endif
#endif
#ifndef STREAM8
#define STREAM8(values, place) vstore8(values, 0, place)
#endif

#define COLUMN8(b, k) (uint8)(b[0].s##k, b[1].s##k, b[2].s##k, b[3].s##k, b[4].s##k, b[5].s##k, b[6].s##k, b[7].s##k)

// Stores the columns of a block of eight vectors, `step` vectors apart.
static inline void store_columns(const uint8 *block, uint8 *columns, uint step) {
    columns[0] = COLUMN8(block, 0);
    columns[step] = COLUMN8(block, 1);
    columns[2 * step] = COLUMN8(block, 2);
    columns[3 * step] = COLUMN8(block, 3);
    columns[4 * step] = COLUMN8(block, 4);
    columns[5 * step] = COLUMN8(block, 5);
    columns[6 * step] = COLUMN8(block, 6);
    columns[7 * step] = COLUMN8(block, 7);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void transpose_runs(__global const uint *restrict x, __global uint *restrict y, const uint tiles, const uint across,
                    const uint x_stride, const uint y_stride, const uint zero) {
    const uint tile = get_global_id(0);
    if (tile >= tiles) return;
    const uint row = tile / across * 8 * RUN;
    const uint column = tile % across * 8 * RUN;
    uint8 rows[8 * RUN * PER_WORD * RUN]; // of the tile of y
    for (uint down = 0; down < RUN; down++) {
        for (uint right = 0; right < RUN; right++) {
            __global const uint *here = x + (size_t)PER_WORD * (row + 8 * down) * x_stride + column + 8 * right;
            uint8 block[8];
#if PER_WORD == 1
            for (uint i = 0; i < 8; i++) block[i] = vload8(0, here + i * x_stride);
            store_columns(block, rows + 8 * right * RUN + down, RUN);
#else
            uint8 odd[8];
            for (uint i = 0; i < 8; i++) {
                const uint8 upper = vload8(0, here + 2 * i * x_stride);
                const uint8 lower = vload8(0, here + (2 * i + 1) * x_stride);
                block[i] = (upper & 0xffffu) | (lower << 16);
                odd[i] = (upper >> 16) | (lower & 0xffff0000u);
            }
            store_columns(block, rows + 16 * right * RUN + down, 2 * RUN);
            store_columns(odd, rows + (16 * right + 1) * RUN + down, 2 * RUN);
#endif
        }
    }
    for (uint i = 0; i < 8 * PER_WORD * RUN; i++) {
        __global uint *there = y + (size_t)(PER_WORD * column + i) * y_stride + row;
        for (uint j = 0; j < RUN; j++) STREAM8(rows[i * RUN + j], there + 8 * j);
    }
}
