// Reduces rows or columns of a matrix to one value each; a vector is a matrix of one row. Needs `pairs` and `lanes`.
//
// buffers     x[…], as in `words` or `halves`; with: the other array for PRODUCTS, or the bases of exponentials, an f32
//             for each row or column, or for INDEXED the places to visit, n per row; y: f32, for PLACES u32: one value
//             per block of a row [rows][blocks], or of a column [blocks][rows]
// parameters  rows: the number of rows, or columns, to reduce; n: elements of each; stride: the distance between rows
//             of x; count: the bits of the f32 that a mean is divided by; zero: 0
// constants   GROUP: work-items per work-group, for rows 64; BLOCK: elements per block (4096); PRODUCTS; TERM, COMBINE,
//             FINISH as in `terms`; PLACES: 1 to find the lowest index of the largest or least element; INDEXED: 1 to
//             visit only the places that `with` names
//
// Columns are divided into blocks for sums only. A largest or least element that is -0 is stored as +0.

typedef struct {
    float value;
    uint place;
} best_place;

static inline best_place better_of(best_place a, best_place b) {
    const int better = COMBINE == MOST ? b.value > a.value : b.value < a.value;
    return better || (b.value == a.value && b.place < a.place) ? b : a;
}

// The element at a place of a row.
static inline best_place at_place(operands z, size_t row_start, uint place, uint zero) {
    const best_place there = {element(z, row_start + place, zero), place};
    return there;
}

// `folded` of `lanes`, for places.
static inline uint folded_places(__local float *values, __local uint *places, uint id, uint count, uint apart,
                                 best_place mine) {
    values[id] = mine.value;
    places[id] = mine.place;
    for (uint s = count / 2; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (id < s * apart) {
            const best_place other = {values[id + s * apart], places[id + s * apart]};
            mine = better_of(mine, other);
            values[id] = mine.value;
            places[id] = mine.place;
        }
    }
    return mine.place;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void rows(__global const uint *restrict x, __global const uint *restrict with, __global uint *restrict y,
          const uint rows, const uint n, const uint stride, const uint count, const uint zero) {
    __local float values[GROUP];
    const uint item = get_local_id(0), id = get_group_id(0), blocks = (n + BLOCK - 1) / BLOCK, line = id / blocks;
    if (line >= rows) return;
    const uint start = id % blocks * BLOCK, end = min(start + (uint)BLOCK, n);
#if PLACES
    __local uint places[GROUP];
    const operands z = {x, with};
    const size_t row_start = (size_t)line * stride;
    __global const uint *named = with + (size_t)line * n;
    best_place mine = at_place(z, row_start, INDEXED ? named[start] : start, zero);
    for (uint k = start + item; k < end; k += GROUP)
        mine = better_of(mine, at_place(z, row_start, INDEXED ? named[k] : k, zero));
    const uint place = folded_places(values, places, item, GROUP, 1, mine);
    if (item == 0) y[id] = place;
#else
    const operands z = {x, with};
    const float most = ((TERM == EXPONENTIAL) | (FINISH == 3)) ? as_float(with[line]) : 0.0f;
    const size_t first = (size_t)line * stride + start;
    const float part = lane(COMBINE, TERM, z, first, 1, item, end - start, most, zero);
    const float sum = folded(COMBINE, values, item, GROUP, 1, part, zero);
    if (item == 0) y[id] = as_uint(finished(FINISH, sum, as_float(count), most, zero));
#endif
}

// Eight work-items per column, each with every eighth lane; neighbouring work-items have neighbouring columns.
#define WALKERS 8

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void columns(__global const uint *restrict x, __global const uint *restrict with, __global uint *restrict y,
             const uint rows, const uint n, const uint stride, const uint count, const uint zero) {
    __local float values[GROUP];
    const uint apart = GROUP / WALKERS, across = (rows + apart - 1) / apart;
    const uint id = get_local_id(0), group = get_group_id(0), walker = id / apart;
    const uint start = group / across * BLOCK, column = group % across * apart + id % apart, c = min(column, rows - 1);
    if (start >= n) return;
#if PLACES
    __local uint places[GROUP];
    const operands z = {x, with};
    best_place mine = {element(z, c, zero), 0};
    for (uint k = walker; k < n; k += WALKERS) {
        const best_place other = {element(z, (size_t)k * stride + c, zero), k};
        mine = better_of(mine, other);
    }
    const uint place = folded_places(values, places, id, WALKERS, apart, mine);
    if (walker == 0 && column < rows) y[column] = place;
#else
    const operands z = {x, with};
    const uint size = COMBINE == SUM ? min((uint)BLOCK, n - start) : n;
    const float most = ((TERM == EXPONENTIAL) | (FINISH == 3)) ? as_float(with[c]) : 0.0f;
    float sums[64 / WALKERS];
    for (uint m = 0; m < 64 / WALKERS; ++m)
        sums[m] = lane(COMBINE, TERM, z, (size_t)start * stride + c, stride, walker + WALKERS * m, size, most, zero);
    for (uint s = 32 / WALKERS; s > 0; s /= 2)
        for (uint m = 0; m < s; ++m) sums[m] = combined(COMBINE, sums[m], sums[m + s], zero);
    const float sum = folded(COMBINE, values, id, WALKERS, apart, sums[0], zero);
    if (walker == 0 && column < rows)
        y[(size_t)(group / across) * rows + column] = as_uint(finished(FINISH, sum, as_float(count), most, zero));
#endif
}
