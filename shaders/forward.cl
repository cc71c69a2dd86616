// A whole dense network in one launch, for CPUs, where a launch costs more than the arithmetic of a small layer.
//
// buffers     weights, biases: of all layers, one after another; table[layers][6]: rows, stride (words per row), first
//             word of the weights, first bias, activation (0 in the last layer), tile (rows claimed at a time); x;
//             scratch: two vectors of `width` activations; counters[16 · (2 · layers + 1)], all 0; logits[rows];
//             output[rows]: their softmax
// parameters  layers; width; zero: 0
//
// Work-groups of one work-item claim tiles of rows, and none of a layer before all rows of the layer before it are
// done. Each claimed tile belongs to a running work-group, and a work-group that finds no tile left waits only for
// claimed tiles, so none waits for a work-group that has not started. The last work-group to finish resets the counters
// and computes the softmax.
//
// Activations beyond a layer's rows are +0 or left over from a wider layer: they are finite, and their weights are +0.

// The halving tree over 64 lanes.
static inline float halved(float *lanes, uint zero) {
    for (uint s = 32; s > 0; s /= 2)
        for (uint i = 0; i < s; ++i) lanes[i] = add(lanes[i], lanes[i + s]);
    return lanes[0];
}

// The softmax of n logits as in the part `softmax`, by one work-item.
static inline void softmax(__global const uint *z, __global float *restrict p, uint n, uint zero) {
    float most = logit(z[0], zero);
    for (uint k = 1; k < n; ++k) most = max(most, logit(z[k], zero));
    float sum = 0, blocks[64] = {0};
    for (uint start = 0, j = 0; start < n; start += BLOCK, ++j) {
        float lanes[64] = {0};
        for (uint k = start; k < min(start + (uint)BLOCK, n); ++k) {
            p[k] = canonical_exp(sub(logit(z[k], zero), most), zero);
            lanes[k % 64] = add(lanes[k % 64], p[k]);
        }
        sum = halved(lanes, zero);
        blocks[j % 64] = add(blocks[j % 64], sum);
    }
    if (n > BLOCK) sum = halved(blocks, zero);
    for (uint k = 0; k < n; ++k) p[k] = canonical_divide(p[k], sum, zero);
}

#define COUNTER(n) (counters + 16 * (n))  // each has a cache line of its own

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void forward(__global const uint *restrict weights, __global const total *restrict biases,
             __global const uint *restrict table, __global const activation *x, __global activation *scratch,
             __global volatile uint *counters, __global total *logits, __global float *restrict output,
             const uint layers, const uint width, const uint zero) {
    for (uint layer = 0; layer < layers; ++layer, table += 6) {
        const uint rows = table[0], stride = table[1], kind = table[4], tile = table[5];
        __global const uint *w = weights + table[2];
        __global const total *bias = biases + table[3];
        __global activation *y = scratch + layer % 2 * width;
        for (;;) {
            const uint first = atomic_add(COUNTER(layer), tile);
            if (first >= rows) break;
            const uint end = min(first + tile, rows);
            for (uint row = first; row < end; ++row) {
                const total sum = biased(row_dot(w + (size_t)row * stride, x, stride, zero), bias[row], zero);
                if (kind) y[row] = activated(sum, kind, zero); else logits[row] = sum;
            }
            mem_fence(CLK_GLOBAL_MEM_FENCE);
            atomic_add(COUNTER(layers + layer), end - first);
        }
        while (*COUNTER(layers + layer) < rows) { }
        atomic_add(COUNTER(layers + layer), 0);  // in PoCL an atomic is a fence: all rows are visible from here on
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        x = y;
    }
    if (atomic_inc(COUNTER(2 * layers)) != get_num_groups(0) - 1) return;
    for (uint i = 0; i <= 2 * layers; ++i) *COUNTER(i) = 0;
    softmax((__global const uint *)logits, output, table[-6], zero);
}
