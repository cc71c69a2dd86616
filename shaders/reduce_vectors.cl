// The kernels of `reduce` for CPUs, where a work-item is a stream of vector instructions: it takes a block of a row, or
// of eight vectors of columns. Buffers, parameters and constants are those of `reduce`; x is stored as PACKED says.
// Needs `vectors`. A block of a
// row stays in a core's cache, so that it can be read twice.

// The lowest index of the largest or least of n elements, or for INDEXED of those that `with` names.
static inline uint place_of_best(__global const uint *x, __global const uint *with, size_t first, uint n, uint zero) {
#define VALUE(k) part_vector(x, first + (k), 1, PACKED).s0
#if INDEXED
    uint best = with[0];
    for (uint k = 1; k < n; ++k)
        if (COMBINE == MOST ? VALUE(with[k]) > VALUE(best) : VALUE(with[k]) < VALUE(best)) best = with[k];
    return best;
#else
#define IS_BEST(v) (whole_vector(x, first + k + 8 * (v), PACKED) == best)
    const operands z = {x, with};
    const float best = block(COMBINE, ITSELF, z, first, n, 0.0f, zero);
    uint k = 0;
    for (; k + 64 <= n; k += 64) {
        const int8 low = IS_BEST(0) | IS_BEST(1) | IS_BEST(2) | IS_BEST(3);
        if (any(low | IS_BEST(4) | IS_BEST(5) | IS_BEST(6) | IS_BEST(7))) break;
    }
    for (; k + 8 <= n; k += 8) {
        const int8 found = IS_BEST(0);
        for (uint i = 0; i < 8 && any(found); ++i)
            if (((const int *)&found)[i]) return k + i;
    }
    while (k + 1 < n && VALUE(k) != best) ++k;
    return k;
#endif
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void rows(__global const uint *restrict x, __global const uint *restrict with, __global uint *restrict y,
          const uint rows, const uint n, const uint stride, const uint count, const uint zero) {
    const uint id = get_global_id(0), blocks = (n + BLOCK - 1) / BLOCK, line = id / blocks;
    if (line >= rows) return;
    const uint start = id % blocks * BLOCK, size = min((uint)BLOCK, n - start);
    const size_t first = (size_t)line * stride + start;
#if PLACES
    y[id] = (INDEXED ? 0 : start) + place_of_best(x, with + (size_t)line * n + start,
                                                  INDEXED ? (size_t)line * stride : first, size, zero);
#else
    const operands z = {x, with};
    const float most = ((TERM == EXPONENTIAL) | (FINISH == 3)) ? as_float(with[line]) : 0.0f;
    const float sum = block(COMBINE, TERM, z, first, size, most, zero);
    y[id] = as_uint(finished(FINISH, sum, as_float(count), most, zero).s0);
#endif
}

#define ACROSS 8  // vectors of columns per work-item

// Vector u of the columns. A missing column repeats the first column of its vector; a missing vector repeats the first
// column of all.
static inline float8 across(__global const uint *x, size_t i, uint u, uint left, bool packed) {
    if (left >= 8 * ACROSS) return whole_vector(x, i + 8 * u, packed);
    return part_vector(x, 8 * u < left ? i + 8 * u : i, 8 * u < left ? min(left - 8 * u, 8u) : 1, packed);
}

// Reduces columns of n rows, from row `first` on, row by row: the sums of the current row's lane are in registers, all
// lanes in the nearest cache.
static inline void columns_of(__global const uint *x, __global const uint *with, __global uint *y, uint first, uint n,
                              uint stride, uint column, uint left, uint count, uint zero) {
    float8 lanes[64][ACROSS], most[ACROSS], start[ACROSS];
    #pragma unroll
    for (uint u = 0; u < ACROSS; ++u) {
        most[u] = ((TERM == EXPONENTIAL) | (FINISH == 3)) ? across(with, column, u, left, false) : 0.0f;
        const float8 v = across(x, (size_t)first * stride + column, u, left, PACKED);
        start[u] = COMBINE == SUM ? 0.0f : term(TERM, v, most[u], zero);
    }
    for (uint lane = 0; lane < 64; ++lane)
        for (uint u = 0; u < ACROSS; ++u) lanes[lane][u] = start[u];
    for (uint k = 0; k < n; ++k) {
        #pragma unroll
        for (uint u = 0; u < ACROSS; ++u) {
            const float8 v = across(x, (size_t)(first + k) * stride + column, u, left, PACKED);
            lanes[k % 64][u] = combined(COMBINE, lanes[k % 64][u], term(TERM, v, most[u], zero), zero);
        }
    }
    for (uint s = 32; s > 0; s /= 2)
        for (uint lane = 0; lane < s; ++lane)
            for (uint u = 0; u < ACROSS; ++u)
                lanes[lane][u] = combined(COMBINE, lanes[lane][u], lanes[lane + s][u], zero);
    for (uint u = 0; u < ACROSS; ++u) {
        if (8 * u < left)
            keep(finished(FINISH, lanes[0][u], as_float(count), most[u], zero), y, column + 8 * u, left - 8 * u, false,
                 zero);
    }
}

// The lowest index of the largest or least element of each column, found row by row.
static inline void places_of(__global const uint *x, __global uint *y, uint n, uint stride, uint column, uint left) {
    float8 best[ACROSS];
    uint8 place[ACROSS];
    #pragma unroll
    for (uint u = 0; u < ACROSS; ++u) {
        best[u] = across(x, column, u, left, PACKED);
        place[u] = 0u;
    }
    for (uint k = 1; k < n; ++k) {
        #pragma unroll
        for (uint u = 0; u < ACROSS; ++u) {
            const float8 v = across(x, (size_t)k * stride + column, u, left, PACKED);
            const int8 better = COMBINE == MOST ? v > best[u] : v < best[u];
            best[u] = better ? v : best[u];
            place[u] = better ? (uint8)(k) : place[u];
        }
    }
    for (uint u = 0; u < ACROSS; ++u)
        for (uint i = 0; i < 8 && 8 * u + i < left; ++i) y[column + 8 * u + i] = ((uint *)&place[u])[i];
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void columns(__global const uint *restrict x, __global const uint *restrict with, __global uint *restrict y,
             const uint rows, const uint n, const uint stride, const uint count, const uint zero) {
    const uint across_all = (rows + 8 * ACROSS - 1) / (8 * ACROSS), id = get_global_id(0);
    const uint start = id / across_all * BLOCK, column = id % across_all * (8 * ACROSS);
    if (start >= n) return;
    const uint left = rows - column, size = COMBINE == SUM ? min((uint)BLOCK, n - start) : n;
    // Whole vectors have code of their own, without tests for the end of the columns.
#if PLACES
    if (left >= 8 * ACROSS) places_of(x, y, n, stride, column, 8 * ACROSS);
    else places_of(x, y, n, stride, column, left);
#else
    y += (size_t)(id / across_all) * rows;
    if (left >= 8 * ACROSS) columns_of(x, with, y, start, size, stride, column, 8 * ACROSS, count, zero);
    else columns_of(x, with, y, start, size, stride, column, left, count, zero);
#endif
}
