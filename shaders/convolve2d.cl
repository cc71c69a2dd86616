// y[r][c] = reduce of x[r+i][c+j]·w[i][j] over the kernel's (i, j), row by row. Needs `rounding` and `element`.
//
// buffers     x[height][width] (u32 words), w[KH][KW], y[height-KH+1][width-KW+1]
// parameters  height, width: of the image; zero: 0
// constants   GROUP: work-items per work-group, which computes ROWS (even) by COLUMNS results; KH, KW: height and width
//             of the kernel; WIDTH: columns that a work-item computes at a time; HALF as in `element`; where it is 1, y
//             is rounded to f16
//
// A work-group keeps its part of the image, widened to f32, in work-group memory. A lane has one product, or every 64th
// if there are more than 64. The tree is walked depth first, without empty lanes.

#define TAPS (KH * KW)
#define STRIDE (COLUMNS + KW - 1)

typedef struct __attribute__((packed, aligned(4))) { real values; } anywhere; // at any multiple of four bytes
typedef struct { real upper, lower; } pair; // of two rows, so that each load of a weight serves both

static inline real taken(__local const float *x) { return ((__local const anywhere *)x)->values; }

static inline pair lane(__local const float *x, __global const float *w, uint l, uint zero) {
    __local const float *at = x + l / KW * STRIDE + l % KW;
    pair sums = {mul(taken(at), w[l]), mul(taken(at + STRIDE), w[l])};
    for (uint k = l + 64; k < TAPS; k += 64) {
        at = x + k / KW * STRIDE + k % KW;
        sums.upper = add(sums.upper, mul(taken(at), w[k]));
        sums.lower = add(sums.lower, mul(taken(at + STRIDE), w[k]));
    }
    return sums;
}

// A level of the tree: the sum of the subtrees at l and at l plus a constant step.
#define LEVEL(name, below, step) \
    static inline pair name(__local const float *x, __global const float *w, uint l, uint zero) { \
        pair sums = below(x, w, l, zero); \
        if (l + step < TAPS) { \
            const pair others = below(x, w, l + step, zero); \
            sums.upper = add(sums.upper, others.upper); \
            sums.lower = add(sums.lower, others.lower); \
        } \
        return sums; \
    }
LEVEL(two_lanes, lane, 32)
LEVEL(four_lanes, two_lanes, 16)
LEVEL(eight_lanes, four_lanes, 8)
LEVEL(sixteen_lanes, eight_lanes, 4)
LEVEL(half_the_lanes, sixteen_lanes, 2)
LEVEL(all_lanes, half_the_lanes, 1)

static inline void store(real sums, __global float *y, uint room, uint zero) {
    const word bits = as_word(HALF ? canonical_half(sums, zero) : sums);
    const real results = as_real(bits == 0x80000000u ? 0u : bits);
    if (room >= WIDTH) {
        ((__global anywhere *)y)->values = results;
    } else {
        for (uint c = 0; c < room; ++c) y[c] = ((const float *)&results)[c];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void convolve(__global const uint *restrict x, __global const float *restrict w, __global float *restrict y,
              const uint height, const uint width, const uint zero) {
    __local float tile[(ROWS + KH - 1) * STRIDE];
    const uint columns = width - KW + 1, tiles = (columns + COLUMNS - 1) / COLUMNS, item = get_local_id(0);
    const uint top = get_group_id(0) / tiles * ROWS, left = get_group_id(0) % tiles * COLUMNS;
    const uint deep = least((uint)(ROWS + KH - 1), height - top), wide = least((uint)STRIDE, width - left);
    for (uint row = 0; row < deep; ++row) {
        const ulong start = (ulong)(top + row) * width + left;
        for (uint c = item; c < wide; c += GROUP) tile[row * STRIDE + c] = element(x, start + c);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const uint rows = deep - (KH - 1), across = wide - (KW - 1);
    y += (ulong)top * columns + left;
    for (uint row = 0; row < rows; row += 2) {
        for (uint c = item * WIDTH; c < across; c += GROUP * WIDTH) {
            const pair sums = all_lanes(tile + row * STRIDE + c, w, 0, zero);
            store(sums.upper, y + (ulong)row * columns + c, across - c, zero);
            if (row + 1 < rows) store(sums.lower, y + (ulong)(row + 1) * columns + c, across - c, zero);
        }
    }
}
