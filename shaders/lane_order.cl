// Arranges operands of contractions in the order in which a depth-first walk of the lane tree visits them. Needs
// `element` and `depth_first`.
//
// buffers     source[matrices][elements] (u32 words), arranged[matrices][tiles][lanes][terms][TILE]
// parameters  count, across: extents along the contraction and across it; count_stride, across_stride: distances
//             between neighbours in the source, in elements; bits: there are 2^bits lanes; terms: elements per lane;
//             each: lanes per work-group; zero: 0
// constants   GROUP: work-items per work-group; TILE: columns side by side; HALF as in `element`
//
// Place i of 2^bits holds the lane whose number is i with its bits reversed, since neighbours are added first. Elements
// outside the source are +0.

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void arrange(__global const uint *restrict source, __global float *restrict arranged, const uint count,
             const uint across, const uint count_stride, const uint across_stride, const uint bits, const uint terms,
             const uint each, const uint zero) {
    const uint tiles = (across + TILE - 1) / TILE, shares = (1u << bits) / each;
    const uint first = get_group_id(0) % shares * each, block = get_group_id(0) / shares;
    const uint column = block % tiles * TILE;
    const ulong start = (ulong)(block / tiles) * count * across;
    arranged += (ulong)(block << bits) * terms * TILE;
    const uint item = get_local_id(0);
    for (uint place = first + item / TILE; place < first + each; place += max(GROUP / TILE, 1)) {
        for (uint term = 0; term < terms; ++term) {
            const uint k = (lane_of(place) >> (6 - bits)) + (term << bits), row = (place * terms + term) * TILE;
            for (uint c = item % TILE; c < TILE; c += GROUP) {
                const ulong index = start + (ulong)k * count_stride + (ulong)(column + c) * across_stride;
                arranged[row + c] = k < count && column + c < across ? element(source, index) : 0.0f;
            }
        }
    }
}
