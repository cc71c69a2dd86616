// y = x transposed: a work-group takes a tile of TILE by TILE words through work-group memory, so that it reads and
// writes whole rows. Halves are first transposed in blocks of two by two: two words of two rows of x become two words
// of two rows of y.
//
// buffers     x[rows·columns], y[columns·rows], one f32 or two f16 per word, in whole tiles
// parameters  tiles; across: tiles per row of x; x_stride, y_stride: words per row; zero: 0
// constants   GROUP: work-items per work-group, a multiple of TILE; TILE; PER_WORD: 1 for f32, 2 for f16

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void transpose_tiles(__global const uint *restrict x, __global uint *restrict y, const uint tiles,
                     const uint across, const uint x_stride, const uint y_stride, const uint zero) {
    __local uint tile[PER_WORD * TILE * (TILE + 1)]; // one more word per row: columns use all banks
    const uint group = get_group_id(0);
    const uint row = group / across * TILE;
    const uint column = group % across * TILE;
    const uint lane = get_local_id(0) % TILE;
    for (uint i = get_local_id(0) / TILE; i < TILE && group < tiles; i += GROUP / TILE) {
        const uint here = PER_WORD * (row + i) * x_stride + column + lane;
#if PER_WORD == 1
        tile[i * (TILE + 1) + lane] = x[here];
#else
        const uint upper = x[here];
        const uint lower = x[here + x_stride];
        tile[i * (TILE + 1) + lane] = (upper & 0xffffu) | (lower << 16);
        tile[(TILE + i) * (TILE + 1) + lane] = (upper >> 16) | (lower & 0xffff0000u);
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = get_local_id(0) / TILE; i < TILE && group < tiles; i += GROUP / TILE) {
        for (uint half_row = 0; half_row < PER_WORD; half_row++) {
            const uint there = (PER_WORD * (column + i) + half_row) * y_stride + row + lane;
            y[there] = tile[(half_row * TILE + lane) * (TILE + 1) + i];
        }
    }
}
