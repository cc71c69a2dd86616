// The order in which a depth-first walk through the halving tree of NUMERICS.md section 2 visits the 64 lanes: 0, 32,
// 16, 48, 8 …, the bits of `leaf` reversed.
fn lane_of(leaf: u32) -> u32 {
    return ((leaf & 1u) << 5u) | ((leaf & 2u) << 3u) | ((leaf & 4u) << 1u)
        | ((leaf & 8u) >> 1u) | ((leaf & 16u) >> 3u) | (leaf >> 5u);
}
