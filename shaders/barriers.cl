// For comparison only: the canonical f32 dense layer as textbooks write it, with a barrier at each level of the tree.
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements per row of W, +0 beyond the columns; activation: 0 for none, 1 for relu; zero: 0
// constants   GROUP: 32 work-items, which compute one row; BLOCK: the longest row (4096)

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void barriers(__global const float *weights, __global const float *bias, __global const float *x, __global float *y,
              const uint rows, const uint stride, const uint activation, const uint zero) {
    __local float shared[64];
    const uint item = get_local_id(0), row = get_group_id(0);
    if (row >= rows) return;
    float low = 0.0f, high = 0.0f;
    for (uint k = item; k < stride; k += 64) {
        low = add(low, mul(weights[row * stride + k], x[k]));
        if (k + 32 < stride) high = add(high, mul(weights[row * stride + k + 32], x[k + 32]));
    }
    shared[item] = low;
    shared[item + 32] = high;
    for (uint s = 32; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < s) shared[item] = add(shared[item], shared[item + s]);
    }
    if (item == 0) {
        const float sum = add(shared[0], bias[row]);
        y[row] = activation ? (sum > 0.0f ? sum : 0.0f) : sum;
    }
}
