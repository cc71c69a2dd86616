// For comparison only: the dense layer as it is usually written; the compiler decides how the sum is computed.
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements per row of W; activation: 0 for none, 1 for relu; zero: 0
// constants   GROUP: work-items per work-group

#pragma OPENCL FP_CONTRACT ON

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void plain(__global const float *weights, __global const float *bias, __global const float *x, __global float *y,
           const uint rows, const uint stride, const uint activation, const uint zero) {
    const uint row = get_global_id(0);
    if (row >= rows) return;
    float acc = 0.0f;
    for (uint k = 0; k < stride; ++k) acc += weights[row * stride + k] * x[k];
    acc += bias[row];
    y[row] = activation ? fmax(acc, 0.0f) : acc;
}
