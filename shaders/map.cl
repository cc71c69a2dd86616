// y[i] = f(x[i]) for a function of one operand. Needs a part that defines `unary_function`.
//
// buffers     x[n], y[n]
// parameters  n; rounds: vectors of WIDTH elements per work-item; zero: 0
// constants   GROUP: work-items per work-group; WIDTH

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void unary(__global const float *restrict x, __global float *restrict y,
           const uint n, const uint rounds, const uint zero) {
    const uint first = get_group_id(0) * rounds * GROUP * WIDTH, end = least(first + rounds * GROUP * WIDTH, n);
    uint i = first + get_local_id(0) * WIDTH;
    for (; i + WIDTH <= end; i += GROUP * WIDTH) store_elements(unary_function(elements(x, i), zero), y, i);
    if (WIDTH > 1 && i < end) store_last_elements(unary_function(last_elements(x, i, n), zero), y, i, n);
}
