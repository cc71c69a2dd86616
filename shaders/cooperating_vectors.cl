// `cooperating` for CPUs, where a work-item is a stream of vector instructions: it keeps the lanes of a dot in eight
// vectors and computes SPAN outputs of a row. Needs `cooperating`; buffers and parameters are the same.

typedef float8 loose8 __attribute__((aligned(4)));

// Terms k to k + 7 of a line, +0 from `end` on.
static inline float8 eight(__global const float *line, uint k, uint end, uint down) {
    if (k + 8 <= end && down == 1) return *(__global const loose8 *)(line + k);
    float8 values = 0;
    for (uint i = 0; i < 8; ++i)
        if (k + i < end) ((float *)&values)[i] = line[(size_t)(k + i) * down];
    return values;
}

// The dot of one block; without `b` its factors are ones.
static inline float block_dot(__global const float *a, uint a_down, __global const float *b, uint b_down, uint start,
                              uint end, uint zero) {
    float8 lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (uint first = start; first < end; first += 64) {
        _Pragma("unroll") for (uint v = 0; v < 8; ++v) {
            const uint k = first + 8 * v;
            const float8 with = b ? eight(b, k, end, b_down) : (float8)(1);
            lanes[v] = plus_product8(lanes[v], eight(a, k, end, a_down), with, zero);
        }
    }
    return summed((float4 *)lanes, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void cooperating_vectors(__global const float *restrict a, __global const float *restrict b,
                         __global const float *restrict extra, __global float *restrict y, const uint matrices,
                         const uint rows, const uint depth, const uint columns, const uint ones, const uint a_offset,
                         const uint a_matrix, const uint a_along, const uint a_down, const uint b_offset,
                         const uint b_matrix, const uint b_along, const uint b_down, const uint extra_offset,
                         const uint extra_matrix, const uint extra_along, const uint extra_down, const uint y_offset,
                         const uint y_matrix, const uint y_along, const uint y_down, const uint kind,
                         const uint least, const uint zero) {
    const uint across = columns + ones, spans = (across + SPAN - 1) / SPAN;
    const uint first = get_group_id(0) % spans * SPAN, m = get_group_id(0) / spans / rows;
    const uint r = get_group_id(0) / spans % rows;
    __global const float *line = a + a_offset + (size_t)m * a_matrix + (size_t)r * a_along;
    b += b_offset + (size_t)m * b_matrix;
    extra += extra_offset + (size_t)m * extra_matrix + (size_t)r * extra_along;
    y += y_offset + (size_t)m * y_matrix + (size_t)r * y_along;
    for (uint c = first; c < min(first + SPAN, across); ++c) {
        __global const float *w = c < columns ? b + (size_t)c * b_along : 0;
        float4 blocks[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        float sum = 0;
        for (uint j = 0, start = 0; start < depth; ++j, start += BLOCK) {
            sum = block_dot(line, a_down, w, b_down, start, min(start + BLOCK, depth), zero);
            ((float *)blocks)[j] = sum;
        }
        if (depth > BLOCK) sum = summed(blocks, zero);
        const float with = kind == PLAIN ? 0.0f : extra[(size_t)c * extra_down];
        y[(size_t)c * y_down] = epilogue(sum, with, kind, least, zero);
    }
}
