// y = x, sixteen bytes per work-item: for measuring the best bandwidth of a device's memory.
//
// buffers     x[4·n], y[4·n]
// parameters  n; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void copy(__global const uint4 *restrict x, __global uint4 *restrict y, const uint n, const uint zero) {
    const uint i = get_global_id(0);
    if (i < n) y[i] = x[i];
}
