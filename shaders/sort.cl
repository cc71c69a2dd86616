// Sorts keys, or the places of keys: a bitonic network whose comparisons all put the smaller key first; keys that are
// near each other are compared in work-group memory. Needs `ranks`.
//
// buffers     x[size]: keys; ranks[size], for PAIRS followed by as many places; y[size]: sorted keys, for PAIRS places
// parameters  size: a power of two, at least BLOCK; of `merge_far`: apart, the least distance of its comparisons, at
//             least BLOCK; levels, the number of its distances, each twice the one before, 1 or 2; flipped, 1 if the
//             largest of these distances joins two sorted halves, the second read from its end; of the other kernels:
//             last, 1 to write y; zero: 0
// constants   GROUP: work-items per work-group; BLOCK: keys per work-group, a power of two; FLOATS as in `ranks`;
//             PAIRS: 1 to sort places with their keys, ties by place

typedef struct {
    int rank, place;
} entry;

static inline int is_after(entry a, entry b) {
    return (a.rank > b.rank) | ((PAIRS != 0) & (a.rank == b.rank) & (a.place > b.place));
}

static inline entry local_entry(__local const int *ranks, __local const int *places, uint i) {
    const entry found = {ranks[i], PAIRS ? places[i] : 0};
    return found;
}

static inline void put_local(entry e, __local int *ranks, __local int *places, uint i) {
    ranks[i] = e.rank;
    if (PAIRS) places[i] = e.place;
}

static inline entry entry_at(__global const int *ranks, uint i, uint size) {
    const entry found = {ranks[i], PAIRS ? ranks[size + i] : 0};
    return found;
}

static inline void put(entry e, __global int *ranks, uint i, uint size) {
    ranks[i] = e.rank;
    if (PAIRS) ranks[size + i] = e.place;
}

// The comparisons of a block over one distance; `flipped` reads the second of two sorted halves from its end.
static inline void compare_here(__local int *ranks, __local int *places, uint distance, uint flipped) {
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint c = get_local_id(0); c < BLOCK / 2; c += GROUP) {
        const uint low = c & (distance - 1), first = 2 * (c - low);
        const uint i = first + low, j = first + (flipped ? 2 * distance - 1 - low : distance + low);
        const entry a = local_entry(ranks, places, i), b = local_entry(ranks, places, j);
        if (is_after(a, b)) {
            put_local(b, ranks, places, i);
            put_local(a, ranks, places, j);
        }
    }
}

static inline void merge_here(__local int *ranks, __local int *places, uint distance) {
    for (uint d = distance; d > 0; d /= 2) compare_here(ranks, places, d, 0);
}

static inline void give(__local const int *ranks, __local const int *places, __global int *to, __global int *y,
                        uint start, uint size, uint last) {
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = get_local_id(0); i < BLOCK && start < size; i += GROUP) {
        const entry e = local_entry(ranks, places, i);
        if (last) y[start + i] = PAIRS ? e.place : key_of(e.rank);
        else put(e, to, start + i, size);
    }
}

// Sorts a block of keys.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sort_blocks(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint apart, const uint levels, const uint flipped, const uint last,
                 const uint zero) {
    __local int ranks_here[BLOCK], places_here[PAIRS ? BLOCK : 1];
    const uint start = get_group_id(0) * BLOCK;
    for (uint i = get_local_id(0); i < BLOCK && start < size; i += GROUP) {
        const entry e = {rank_of(x[start + i]), (int)(start + i)};
        put_local(e, ranks_here, places_here, i);
    }
    for (uint run = 1; run < BLOCK; run *= 2) {
        compare_here(ranks_here, places_here, run, 1);
        merge_here(ranks_here, places_here, run / 2);
    }
    give(ranks_here, places_here, ranks, y, start, size, last);
}

static inline void exchange(__global int *ranks, uint i, uint j, uint size) {
    const entry a = entry_at(ranks, i, size), b = entry_at(ranks, j, size);
    if (is_after(a, b)) {
        put(b, ranks, i, size);
        put(a, ranks, j, size);
    }
}

// Comparisons over distances larger than a block: a work-item takes two or four entries and compares them.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void merge_far(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint apart, const uint levels, const uint flipped, const uint last,
               const uint zero) {
    const uint low = get_global_id(0) & (apart - 1), first = ((uint)get_global_id(0) - low) << levels;
    if (first >= size) return;
    const uint i = first + low, mirrored = first + (flipped ? apart - 1 - low : low);
    if (levels == 1) {
        exchange(ranks, i, mirrored + apart, size);
        return;
    }
    const uint third = mirrored + 2 * apart;
    exchange(ranks, i, third + (flipped ? apart : 0), size);
    exchange(ranks, i + apart, third + (flipped ? 0 : apart), size);
    exchange(ranks, i, i + apart, size);
    exchange(ranks, third, third + apart, size);
}

// Comparisons of a block over half its size and all smaller distances.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void merge_blocks(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint apart, const uint levels, const uint flipped, const uint last,
                  const uint zero) {
    __local int ranks_here[BLOCK], places_here[PAIRS ? BLOCK : 1];
    const uint start = get_group_id(0) * BLOCK;
    for (uint i = get_local_id(0); i < BLOCK && start < size; i += GROUP)
        put_local(entry_at(ranks, start + i, size), ranks_here, places_here, i);
    merge_here(ranks_here, places_here, BLOCK / 2);
    give(ranks_here, places_here, ranks, y, start, size, last);
}
