// y[i] = f(a[i], b[i]) for a function of two operands. Needs a part that defines `binary_function`. `map`, `map2` and
// `map3` are separate files, since in WGSL the parameter block has one binding per module, after all buffers.
//
// buffers     a[n], b[n], y[n]
// parameters  n; rounds: vectors of WIDTH elements per work-item; zero: 0
// constants   GROUP: work-items per work-group; WIDTH

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void binary(__global const float *restrict a, __global const float *restrict b, __global float *restrict y,
           const uint n, const uint rounds, const uint zero) {
    const uint first = get_group_id(0) * rounds * GROUP * WIDTH, end = least(first + rounds * GROUP * WIDTH, n);
    uint i = first + get_local_id(0) * WIDTH;
    for (; i + WIDTH <= end; i += GROUP * WIDTH)
        store_elements(binary_function(elements(a, i), elements(b, i), zero), y, i);
    if (WIDTH > 1 && i < end)
        store_last_elements(binary_function(last_elements(a, i, n), last_elements(b, i, n), zero), y, i, n);
}
