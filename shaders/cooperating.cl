// Contractions with the lanes of a dot side by side: sixteen work-items take four lanes each. Needs a products part and
// `epilogue`.
//
// buffers, parameters  as in `for_loop`
// constants   GROUP: work-items per work-group, a multiple of 16; SPAN: outputs of a row per work-group; BLOCK: 4096

// The sum of the 64 lanes, in place. lane[i] + lane[i+s] adds whole vectors for s = 32, 16, 8, 4.
static inline float summed(float4 *lanes, uint zero) {
    for (uint s = 8; s > 0; s /= 2)
        for (uint i = 0; i < s; ++i) lanes[i] = settled4(lanes[i] + lanes[i + s]);
    return add(add(lanes[0].x, lanes[0].z), add(lanes[0].y, lanes[0].w));
}

// The sum of the shares of sixteen work-items.
static inline float gathered(__local const float4 *items, uint zero) {
    float4 lanes[16];
    for (uint i = 0; i < 16; ++i) lanes[i] = items[i];
    return summed(lanes, zero);
}

// Terms k to k + 3 of a line, +0 from `end` on.
static inline float4 four(__global const float *line, uint k, uint end, uint down) {
    float4 values = 0;
    for (uint i = 0; i < 4; ++i)
        if (k + i < end) ((float *)&values)[i] = line[(size_t)(k + i) * down];
    return values;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void cooperating(__global const float *restrict a, __global const float *restrict b,
                 __global const float *restrict extra, __global float *restrict y, const uint matrices,
                 const uint rows, const uint depth, const uint columns, const uint ones, const uint a_offset,
                 const uint a_matrix, const uint a_along, const uint a_down, const uint b_offset, const uint b_matrix,
                 const uint b_along, const uint b_down, const uint extra_offset, const uint extra_matrix,
                 const uint extra_along, const uint extra_down, const uint y_offset, const uint y_matrix,
                 const uint y_along, const uint y_down, const uint kind, const uint least, const uint zero) {
    __local float4 shared[GROUP];
    const uint id = get_local_id(0), item = id % 16, across = columns + ones, spans = (across + SPAN - 1) / SPAN;
    const uint first = get_group_id(0) % spans * SPAN, m = get_group_id(0) / spans / rows;
    const uint r = get_group_id(0) / spans % rows;
    __local const float4 *mine = shared + (id - item);
    __global const float *line = a + a_offset + (size_t)m * a_matrix + (size_t)r * a_along;
    b += b_offset + (size_t)m * b_matrix;
    extra += extra_offset + (size_t)m * extra_matrix + (size_t)r * extra_along;
    y += y_offset + (size_t)m * y_matrix + (size_t)r * y_along;
    for (uint next = first; next < min(first + SPAN, across); next += GROUP / 16) {
        const uint c = next + id / 16;
        __global const float *w = b + (size_t)c * b_along;
        float4 blocks[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        float sum = 0;
        for (uint j = 0, start = 0; start < depth; ++j, start += BLOCK) {
            const uint end = min(start + BLOCK, depth);
            float4 lanes = 0;
            for (uint k = start + 4 * item; k < end; k += 64) {
                const float4 with = c < columns ? four(w, k, end, b_down) : (float4)(1);
                lanes = plus_product4(lanes, four(line, k, end, a_down), with, zero);
            }
            shared[id] = lanes;
            barrier(CLK_LOCAL_MEM_FENCE);
            if (item == 0) {
                sum = gathered(mine, zero);
                ((float *)blocks)[j] = sum;
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        if (item == 0 && c < across) {
            if (depth > BLOCK) sum = summed(blocks, zero);  // block results are lanes of one more sum
            const float with = kind == PLAIN ? 0.0f : extra[(size_t)c * extra_down];
            y[(size_t)c * y_down] = epilogue(sum, with, kind, least, zero);
        }
    }
}
