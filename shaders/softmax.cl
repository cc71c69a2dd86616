// p = softmax(z) and log_softmax(z) over rows of z: the sequences of NUMERICS.md section 3, a work-group a row.
//
// buffers     z[rows][n] (bit patterns: f32, or i32 where INTEGER), p[rows][n]
// parameters  n; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK: elements summed before a new accumulation starts (4096);
//             INTEGER as in `logit`
//
// n is at most 2^24: the results of its blocks are one more block.

// The halving tree over the work-group's lanes; every item gets the sum.
static inline float tree(__local float *lanes, uint item, float value, uint zero) {
    lanes[item] = value;
    for (uint s = GROUP / 2; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < s) lanes[item] = add(lanes[item], lanes[item + s]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum = lanes[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

static inline float largest(__global const uint *z, uint n, __local float *lanes, uint item, uint zero) {
    float most = logit(z[0], zero);
    for (uint k = item; k < n; k += GROUP) most = max(most, logit(z[k], zero));
    lanes[item] = most;
    for (uint s = GROUP / 2; s > 0; s /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < s) lanes[item] = max(lanes[item], lanes[item + s]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    most = lanes[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return most;
}

// reduce(exp(z - most)); the result of block j goes to lane j mod 64 of the reduction of blocks.
static inline float total(__global const uint *z, float most, uint n, __local float *lanes, uint item, uint zero) {
    float sum = 0, mine = 0;
    for (uint start = 0, j = 0; start < n; start += BLOCK, ++j) {
        const uint end = min(start + (uint)BLOCK, n);
        float lane = 0;
        for (uint k = start + item; k < end; k += GROUP) {
            lane = add(lane, canonical_exp(sub(logit(z[k], zero), most), zero));
        }
        sum = tree(lanes, item, lane, zero);
        if (item == j % GROUP) mine = add(mine, sum);
    }
    return n > BLOCK ? tree(lanes, item, mine, zero) : sum;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void softmax(__global const uint *restrict z, __global float *restrict p, const uint n, const uint zero) {
    __local float lanes[GROUP];
    const uint item = get_local_id(0);
    z += (size_t)get_group_id(0) * n;
    p += (size_t)get_group_id(0) * n;
    const float most = largest(z, n, lanes, item, zero);
    const float sum = total(z, most, n, lanes, item, zero);
    for (uint k = item; k < n; k += GROUP) {
        p[k] = canonical_divide(canonical_exp(sub(logit(z[k], zero), most), zero), sum, zero);
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void log_softmax(__global const uint *restrict z, __global float *restrict p, const uint n, const uint zero) {
    __local float lanes[GROUP];
    const uint item = get_local_id(0);
    z += (size_t)get_group_id(0) * n;
    p += (size_t)get_group_id(0) * n;
    const float most = largest(z, n, lanes, item, zero);
    const float logarithm = canonical_log(total(z, most, n, lanes, item, zero), zero);
    for (uint k = item; k < n; k += GROUP) {
        p[k] = as_float(flushed_bits(sub(sub(logit(z[k], zero), most), logarithm)));
    }
}
