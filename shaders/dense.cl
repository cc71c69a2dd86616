// One dense layer, y = W x + b, then the activation. Needs a dot part, which defines how a row is summed.
//
// buffers     weights[rows][stride], bias[rows], x[columns, padded with +0 to a multiple of 128], y[rows]
// parameters  rows; stride: words per row of W, +0 beyond the columns; activation: 0 for none, else relu, and for i8
//             its shift; zero: 0
// constants   GROUP: work-items per work-group; BLOCK, PER_WORD, LONG as in `canonical`

static inline void store(__global activation *y, uint row, total sum, uint kind, uint zero) {
    if (kind) y[row] = activated(sum, kind, zero); else ((__global total *)y)[row] = sum;
}

// One work-item per row: for CPUs, where a work-item is a stream of vector instructions.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void rows(__global const uint *restrict weights, __global const total *restrict bias,
          __global const activation *restrict x, __global activation *restrict y,
          const uint rows, const uint stride, const uint kind, const uint zero) {
    const uint row = get_global_id(0);
    if (row >= rows) return;
    store(y, row, biased(row_dot(weights + (size_t)row * stride, x, stride, zero), bias[row], zero), kind, zero);
}

// Sixteen work-items per row, four lanes each: for GPUs, where neighbouring work-items read neighbouring addresses.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void lanes(__global const uint *restrict weights, __global const total *restrict bias,
           __global const activation *restrict x, __global activation *restrict y,
           const uint rows, const uint stride, const uint kind, const uint zero) {
    __local partial shared[GROUP] __attribute__((aligned(32)));  // the tree reads the lanes of two work-items at once
    const uint id = get_local_id(0), item = id % 16;
    const uint row = get_group_id(0) * (GROUP / 16) + id / 16;
    __global const uint *w = weights + (size_t)min(row, rows - 1) * stride;
    __local const partial *mine = shared + (id - item);
    partial sums = 0;
    total sum = 0;
    for (uint j = 0, start = 0; start < stride; ++j, start += BLOCK / PER_WORD) {
        shared[id] = item_dot(w + start, x + j * BLOCK, min((uint)(BLOCK / PER_WORD), stride - start), item, zero);
        barrier(CLK_LOCAL_MEM_FENCE);
        // Block results are lanes of one more sum: the work-item that holds lane j mod 64 adds the result of block j.
        if (item == j % 64 / 4) {
            sum = gathered(mine, zero);
            sums = with_block(sums, sum, j, zero);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (LONG) {
        shared[id] = sums;
        barrier(CLK_LOCAL_MEM_FENCE);
        sum = gathered(mine, zero);
    }
    if (item == 0 && row < rows) store(y, row, biased(sum, bias[row], zero), kind, zero);
}
