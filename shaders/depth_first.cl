// The order in which a walk through the halving tree of NUMERICS.md section 2 meets the 64 lanes, depth first: 0, 32,
// 16, 48, 8 …, the bits of `leaf` reversed.
static inline uint lane_of(uint leaf) {
    return (leaf & 1) << 5 | (leaf & 2) << 3 | (leaf & 4) << 1 | (leaf & 8) >> 1 | (leaf & 16) >> 3 | leaf >> 5;
}
