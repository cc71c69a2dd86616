// The sum modulo 2^32 of one number of each work-item of a work-group, in the first one.
//
// constants   GROUP: work-items per work-group, a power of two

static inline uint folded(__local uint *sums, uint mine) {
    const uint item = get_local_id(0);
    sums[item] = mine;
    for (uint s = GROUP / 2; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < s) sums[item] += sums[item + s];
    }
    return sums[item];
}
