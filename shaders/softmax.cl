// p = softmax(x) and log_softmax(x) over rows of x, one work-group per row. Needs `softmax_terms` and `lanes`.
//
// buffers     x[rows][n], p[rows][n], both stored as in `words` or `halves`; every row starts with a new word,
//             and half a word of padding in p is +0
// parameters  n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`
//
// n is at most 2^24, so that the results of its blocks are one more block.

static inline void outputs(uint kind, __global const uint *restrict x, __global uint *restrict p, uint n,
                           __local float *values, uint zero) {
    const uint item = get_local_id(0), words = (n + EACH - 1) / EACH;
    const operands z = x + (size_t)get_group_id(0) * words;
    p += (size_t)get_group_id(0) * words;
    const float most = row(MOST, ITSELF, z, n, 0.0f, values, item, zero);
    const float last = normaliser(kind, row(SUM, EXPONENTIAL, z, n, most, values, item, zero), zero);
    for (uint word = item; word < words; word += GROUP) {
        const uint k = word * EACH, other = k + EACH - 1;
        float second = 0.0f; // the padding of a row's last word
        if (other < n) second = normalised(kind, element(z, other, zero), most, last, zero);
        p[word] = word_with(normalised(kind, element(z, k, zero), most, last, zero), second, zero);
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void softmax(__global const uint *restrict x, __global uint *restrict p, const uint n, const uint zero) {
    __local float values[GROUP];
    outputs(PROBABILITY, x, p, n, values, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void log_softmax(__global const uint *restrict x, __global uint *restrict p, const uint n, const uint zero) {
    __local float values[GROUP];
    outputs(LOGARITHM, x, p, n, values, zero);
}
