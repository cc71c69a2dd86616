// p = softmax(x) or log_softmax(x) of one row whose largest element and sum of exponentials are known, one element per
// work-item. Needs `softmax_terms`.
//
// buffers     x[n], most[1], sum[1], p[n]
// parameters  n; zero: 0
// constants   GROUP: work-items per work-group; KIND as in `softmax_terms`

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void outputs(__global const float *restrict x, __global const float *restrict most, __global const float *restrict sum,
             __global float *restrict p, const uint n, const uint zero) {
    const uint i = get_global_id(0);
    if (i >= n) return;
    p[i] = normalised(KIND, x[i], most[0], normaliser(KIND, sum[0], zero), zero);
}
