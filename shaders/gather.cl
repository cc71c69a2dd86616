// x = the batch of the current step of a training; batches are used in turn.
//
// buffers     batches[count][n] (words), step[1], x[n] (words)
// parameters  n; count; rounds: words per work-item; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void gather(__global const uint *restrict batches, __global const uint *restrict step, __global uint *restrict x,
            const uint n, const uint count, const uint rounds, const uint zero) {
    const uint first = get_group_id(0) * rounds * GROUP, end = least(first + rounds * GROUP, n);
    batches += (size_t)(step[0] % count) * n;
    for (uint i = first + get_local_id(0); i < end; i += GROUP) x[i] = batches[i];
}
