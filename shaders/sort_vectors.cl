// `sort` for CPUs: a work-item sorts a block that fits its caches, in vectors of eight ranks. Needs `ranks`. There is
// no WGSL version; `sort` is used instead.
//
// buffers     x[size]: keys; ranks[size], for PAIRS followed by as many places; y[size]: sorted keys, for PAIRS places
// parameters  size: a power of two, at least 64; block: keys per work-item, a power of two, at least 64; of
//             `merge_far`: apart, the least distance of its comparisons, in keys, at least a block; levels, the number
//             of its distances, each twice the one before, 1 to 3; flipped, 1 if the largest of these distances joins
//             two sorted halves, the second read from its end; of the other kernels: last, 1 to write y; zero: 0
// constants   GROUP: 1; WIDTH: 8; FLOATS as in `ranks`; PAIRS: 1 to sort places with their keys, ties by place

#define EIGHT _Pragma("unroll") for (uint v = 0; v < 8; ++v)
#define REVERSED(v) (v).s76543210
#define COUNTED (int8)(0, 1, 2, 3, 4, 5, 6, 7)

// Eight vectors in registers: ranks k, and for PAIRS places p.
#if PAIRS
#define VECTORS int8 k[8], p[8]
#define EXCHANGE(i, j)                                                               \
    {                                                                                \
        const int8 swap = (k[j] < k[i]) | ((k[j] == k[i]) & (p[j] < p[i]));          \
        const int8 rank = swap ? k[j] : k[i], place = swap ? p[j] : p[i];            \
        k[j] = swap ? k[i] : k[j];                                                   \
        p[j] = swap ? p[i] : p[j];                                                   \
        k[i] = rank;                                                                 \
        p[i] = place;                                                                \
    }
#define OF_BOTH(do_this) do_this(k) do_this(p)
#define PLACES(statement) statement
#define RESULT(v) p[v]
#else
#define VECTORS int8 k[8]
#define EXCHANGE(i, j)                           \
    {                                            \
        const int8 rank = least(k[i], k[j]);     \
        k[j] = most(k[i], k[j]);                 \
        k[i] = rank;                             \
    }
#define OF_BOTH(do_this) do_this(k)
#define PLACES(statement)
#define RESULT(v) key_of(k[v])
#endif

#define OVER_ONE EXCHANGE(0, 1) EXCHANGE(2, 3) EXCHANGE(4, 5) EXCHANGE(6, 7)
#define OVER_TWO EXCHANGE(0, 2) EXCHANGE(1, 3) EXCHANGE(4, 6) EXCHANGE(5, 7)
#define OVER_FOUR EXCHANGE(0, 4) EXCHANGE(1, 5) EXCHANGE(2, 6) EXCHANGE(3, 7)

#define LOW(a, b) (int8)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5)
#define HIGH(a, b) (int8)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7)
#define LOW2(a, b) (int8)(a.s01, b.s01, a.s45, b.s45)
#define HIGH2(a, b) (int8)(a.s23, b.s23, a.s67, b.s67)
#define TRANSPOSE(v)                                                                                               \
    {                                                                                                              \
        const int8 a = LOW(v[0], v[1]), b = HIGH(v[0], v[1]), c = LOW(v[2], v[3]), d = HIGH(v[2], v[3]);           \
        const int8 e = LOW(v[4], v[5]), f = HIGH(v[4], v[5]), g = LOW(v[6], v[7]), h = HIGH(v[6], v[7]);           \
        const int8 ac = LOW2(a, c), ca = HIGH2(a, c), bd = LOW2(b, d), db = HIGH2(b, d);                           \
        const int8 eg = LOW2(e, g), ge = HIGH2(e, g), fh = LOW2(f, h), hf = HIGH2(f, h);                           \
        v[0] = (int8)(ac.lo, eg.lo);                                                                               \
        v[1] = (int8)(ca.lo, ge.lo);                                                                               \
        v[2] = (int8)(bd.lo, fh.lo);                                                                               \
        v[3] = (int8)(db.lo, hf.lo);                                                                               \
        v[4] = (int8)(ac.hi, eg.hi);                                                                               \
        v[5] = (int8)(ca.hi, ge.hi);                                                                               \
        v[6] = (int8)(bd.hi, fh.hi);                                                                               \
        v[7] = (int8)(db.hi, hf.hi);                                                                               \
    }
// Comparisons over four, two and one key. A transposition puts every eight keys in one lane, so that the comparisons
// are over four, two and one vector.
#define WITHIN_VECTORS OF_BOTH(TRANSPOSE) OVER_FOUR OVER_TWO OVER_ONE OF_BOTH(TRANSPOSE)

#define REVERSE_ODD(v)                                                                                     \
    v[1] = REVERSED(v[1]); v[3] = REVERSED(v[3]); v[5] = REVERSED(v[5]); v[7] = REVERSED(v[7]);
#define SWAP_REVERSED(v, i, j) { const int8 other = REVERSED(v[i]); v[i] = REVERSED(v[j]); v[j] = other; }
#define REVERSE_PAIRS(v) SWAP_REVERSED(v, 2, 3) SWAP_REVERSED(v, 6, 7)
#define REVERSE_HALF(v) SWAP_REVERSED(v, 4, 7) SWAP_REVERSED(v, 5, 6)

// Loads of the 64 keys from i on, from the input or from `ranks`, and stores, as ranks or as results.
#define TAKE_KEYS                                        \
    EIGHT {                                              \
        k[v] = rank_of(*(__global const int8 *)(x + i + 8 * v));              \
        PLACES(p[v] = (int)(i + 8 * v) + COUNTED;)       \
    }
#define TAKE_RANKS                                                 \
    EIGHT {                                                        \
        k[v] = *(__global int8 *)(ranks + i + 8 * v);              \
        PLACES(p[v] = *(__global int8 *)(ranks + size + i + 8 * v);) \
    }
#define GIVE                                                               \
    if (last) {                                                            \
        EIGHT *(__global int8 *)(y + i + 8 * v) = RESULT(v);               \
    } else {                                                               \
        EIGHT {                                                            \
            *(__global int8 *)(ranks + i + 8 * v) = k[v];                  \
            PLACES(*(__global int8 *)(ranks + size + i + 8 * v) = p[v];)   \
        }                                                                  \
    }

static inline void sort_64(__global const int *x, __global int *ranks, __global int *y, uint i, uint size, uint last) {
    VECTORS;
    TAKE_KEYS
    // Sorts every lane (the network of 19 comparisons), then merges lanes in twos, fours and eights.
    OVER_TWO OVER_FOUR OVER_ONE
    EXCHANGE(2, 4) EXCHANGE(3, 5) EXCHANGE(1, 4) EXCHANGE(3, 6) EXCHANGE(1, 2) EXCHANGE(3, 4) EXCHANGE(5, 6)
    OF_BOTH(TRANSPOSE)
    OF_BOTH(REVERSE_ODD) OVER_ONE WITHIN_VECTORS
    OF_BOTH(REVERSE_PAIRS) OVER_TWO OVER_ONE WITHIN_VECTORS
    OF_BOTH(REVERSE_HALF) OVER_FOUR OVER_TWO OVER_ONE WITHIN_VECTORS
    GIVE
}

// Comparisons over 32 keys, 16, 8, 4, 2 and 1.
static inline void merge_64(__global int *ranks, __global int *y, uint i, uint size, uint last) {
    VECTORS;
    TAKE_RANKS
    OVER_FOUR OVER_TWO OVER_ONE WITHIN_VECTORS
    GIVE
}

// Comparisons of two to eight vectors over `levels` distances, the least of which is `apart`; `flipped` reads the
// second half of the vectors from its end.
static inline void compare_far(__global int *ranks, uint base, uint low, uint apart, uint size, const uint levels,
                               const uint flipped) {
    VECTORS;
    const uint middle = 1 << (levels - 1), mirrored = flipped ? apart - 8 - low : low;
    EIGHT if (v < 2 * middle) {
        const uint i = base + v * apart + (v < middle ? low : mirrored);
        k[v] = *(__global int8 *)(ranks + i);
        PLACES(p[v] = *(__global int8 *)(ranks + size + i);)
        if (flipped && v >= middle) {
            k[v] = REVERSED(k[v]);
            PLACES(p[v] = REVERSED(p[v]);)
        }
    }
    EIGHT if (v < middle) {
        if (flipped) EXCHANGE(v, 2 * middle - 1 - v) else EXCHANGE(v, middle + v)
    }
    if (levels == 3) { OVER_TWO }
    if (levels >= 2) { EXCHANGE(0, 1) EXCHANGE(2, 3) }
    if (levels == 3) { EXCHANGE(4, 5) EXCHANGE(6, 7) }
    EIGHT if (v < 2 * middle) {
        const uint i = base + v * apart + (v < middle ? low : mirrored);
        *(__global int8 *)(ranks + i) = flipped && v >= middle ? REVERSED(k[v]) : k[v];
        PLACES(*(__global int8 *)(ranks + size + i) = flipped && v >= middle ? REVERSED(p[v]) : p[v];)
    }
}

// The same for all keys from `start` to `end`; `low` and `high` limit the place of a vector among `apart` keys.
#define ALL_FAR(levels, flipped)                                                               \
    for (uint base = start; base < end; base += apart << levels)                               \
        for (uint i = low; i < high; i += 8) compare_far(ranks, base, i, apart, size, levels, flipped);

static inline void all_far(__global int *ranks, uint start, uint end, uint low, uint high, uint apart, uint size,
                           uint levels, uint flipped) {
    switch (levels + 3 * flipped) {
    case 1: ALL_FAR(1, 0) break;
    case 2: ALL_FAR(2, 0) break;
    case 3: ALL_FAR(3, 0) break;
    case 4: ALL_FAR(1, 1) break;
    case 5: ALL_FAR(2, 1) break;
    case 6: ALL_FAR(3, 1) break;
    }
}

// Comparisons of the keys from `start` to `end` over `distance`, half of it, and so on down to one.
static inline void merge(__global int *ranks, __global int *y, uint start, uint end, uint distance, uint flipped,
                         uint size, uint last) {
    for (uint left = 26 - clz(distance), levels; left > 0; left -= levels, flipped = 0) { // from 64 keys on
        levels = (left - 1) % 3 + 1;
        const uint apart = 32 << (left - levels + 1);
        all_far(ranks, start, end, 0, apart, apart, size, levels, flipped);
    }
    for (uint i = start; i < end; i += 64) merge_64(ranks, y, i, size, last);
}

// Sorts a block of keys.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sort_blocks(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint block, const uint apart, const uint levels, const uint flipped,
                 const uint last, const uint zero) {
    const uint start = get_global_id(0) * block, end = start + block;
    if (end > size) return;
    for (uint i = start; i < end; i += 64) sort_64(x, ranks, y, i, size, last && block == 64);
    for (uint run = 64; run < block; run *= 2) merge(ranks, y, start, end, run, 1, size, last && 2 * run == block);
}

// Comparisons over distances larger than a block: a work-item takes as many keys as a block has.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void merge_far(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint block, const uint apart, const uint levels, const uint flipped,
               const uint last, const uint zero) {
    const uint keys = block >> levels, first = get_global_id(0) * keys, low = first % apart;
    const uint start = (first - low) << levels;
    if (start < size) all_far(ranks, start, start + 1, low, low + keys, apart, size, levels, flipped);
}

// Comparisons of a block over half its size and all smaller distances.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void merge_blocks(__global const int *restrict x, __global int *restrict ranks, __global int *restrict y, const uint size, const uint block, const uint apart, const uint levels, const uint flipped,
                  const uint last, const uint zero) {
    const uint start = get_global_id(0) * block, end = start + block;
    if (end <= size) merge(ranks, y, start, end, block / 2, 0, size, last);
}
