// The order in which a depth-first walk through the halving tree of NUMERICS.md section 2 visits the 64 lanes: 0, 32,
// 16, 48, 8 …, the bits of `leaf` reversed.
static inline uint lane_of(uint leaf) {
    return (leaf & 1) << 5 | (leaf & 2) << 3 | (leaf & 4) << 1 | (leaf & 8) >> 1 | (leaf & 16) >> 3 | leaf >> 5;
}
