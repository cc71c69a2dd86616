// The mean squared error of a batch, and its gradient, by one work-group. Needs `errors`, `lanes` and `without_small`.
//
// buffers     y[n], targets[count][n], step[1], dy[n], losses[steps]
// parameters  n; count; steps; mean, slope: the bits of 1/n and 2/n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// Steps from `steps` on leave the losses unchanged.

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void squared_error(__global const float *restrict y, __global const float *restrict targets,
                   __global const uint *restrict step, __global float *restrict dy, __global float *restrict losses,
                   const uint n, const uint count, const uint steps, const uint mean, const uint slope,
                   const uint zero) {
    __local float values[GROUP];
    const uint item = get_local_id(0);
    const operands z = {y, targets + (size_t)(step[0] % count) * n};
    for (uint i = item; i < n; i += GROUP) dy[i] = without_small(mul(element(z, i, zero), as_float(slope)));
    const float sum = row(SUM, SQUARE, z, n, 0.0f, values, item, zero);
    if (item == 0 && step[0] < steps) losses[step[0]] = mul(sum, as_float(mean));
}
