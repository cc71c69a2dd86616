// The sum modulo 2^32 of the leaves of a tree, which are computed here: leaf i is the root plus one for each right turn
// on the way to it, that is for each one bit of i. Needs `group_sum`.
//
// buffers     `leaves`: root[1], parts: one per work-group; `sums`: parts[n], y[1]
// parameters  n: the number of leaves, or of parts; share: leaves per work-item; zero: 0
// constants   GROUP: work-items per work-group, a power of two; WIDTH: 8 if eight leaves are computed at a time and
//             shares are multiples of 64, else 1

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void leaves(__global const uint *restrict root, __global uint *restrict parts, const uint n, const uint share,
            const uint zero) {
    __local uint here[GROUP];
    const uint end = min((uint)(get_global_id(0) + 1) * share, n);
    uint i = get_global_id(0) * share, sum = 0;
#if WIDTH == 8
    const uint8 turns = (uint8)(0, 1, 1, 2, 1, 2, 2, 3); // of the last three levels
    uint8 eight = 0;
    for (; i + 64 <= end; i += 64) { // i is a multiple of 64: the turns of the three levels above are constants
        const uint8 first = root[0] + popcount(i) + turns;
        eight += first;
        eight += first + 1;
        eight += first + 1;
        eight += first + 2;
        eight += first + 1;
        eight += first + 2;
        eight += first + 2;
        eight += first + 3;
    }
    const uint4 four = eight.lo + eight.hi;
    sum = four.x + four.z + (four.y + four.w);
#endif
    for (; i < end; ++i) sum += root[0] + popcount(i);
    sum = folded(here, sum);
    if (get_local_id(0) == 0) parts[get_group_id(0)] = sum;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sums(__global const uint *restrict parts, __global uint *restrict y, const uint n, const uint share,
          const uint zero) {
    __local uint here[GROUP];
    uint sum = 0;
    for (uint i = get_local_id(0); i < n; i += GROUP) sum += parts[i];
    sum = folded(here, sum);
    if (get_local_id(0) == 0) y[0] = sum;
}
