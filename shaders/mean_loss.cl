// The mean of a batch's losses, by one work-group. Needs `words` and `lanes`.
//
// buffers     terms[n], step[1], losses[steps]
// parameters  n; steps; mean: the bits of 1/n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// Steps from `steps` on leave the losses unchanged.

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void mean_loss(__global const uint *restrict terms, __global const uint *restrict step, __global float *restrict losses,
               const uint n, const uint steps, const uint mean, const uint zero) {
    __local float values[GROUP];
    const uint item = get_local_id(0);
    const float sum = row(SUM, ITSELF, terms, n, 0.0f, values, item, zero);
    if (item == 0 && step[0] < steps) losses[step[0]] = mul(sum, as_float(mean));
}
