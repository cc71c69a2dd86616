// y = W x + b, then relu where asked: the canonical dot of NUMERICS.md section 2 (64 lanes, halving tree).
//
// buffers     weights[rows][stride], bias[rows], x[stride], y[rows]
// parameters  rows; stride: elements of a row of W, a multiple of 8, +0 past the columns; relu: 0 or 1; zero: 0
// constants   GROUP: work-items a work-group; BLOCK: elements summed before a new accumulation starts (4096)
//
// The 64 lanes are eight float8 accumulators (PoCL 3.0 miscompiles float16 loads on AVX2-only builds).
// lane[i] + lane[i+s] for s = 32, 16, 8 are adds of whole vectors, for s = 4, 2, 1 adds of their halves.

static inline float tree(float8 a0, float8 a1, float8 a2, float8 a3, float8 a4, float8 a5, float8 a6, float8 a7,
                         uint zero) {
    a0 = settled8(a0 + a4); a1 = settled8(a1 + a5); a2 = settled8(a2 + a6); a3 = settled8(a3 + a7);
    a0 = settled8(a0 + a2); a1 = settled8(a1 + a3);
    a0 = settled8(a0 + a1);
    const float4 c = settled4(a0.lo + a0.hi);
    return add(add(c.x, c.z), add(c.y, c.w));
}

#define TAKE(n) a##n = settled8(a##n + guarded8(w[n] * x[n]))

// n elements (a multiple of 8, at most BLOCK) of one row.
static inline float block_dot(__global const float8 *w, __global const float8 *x, uint n, uint zero) {
    float8 a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0;
    for (uint i = n / 64; i > 0; --i, w += 8, x += 8) {
        TAKE(0); TAKE(1); TAKE(2); TAKE(3); TAKE(4); TAKE(5); TAKE(6); TAKE(7);
    }
    const uint rest = (n % 64) / 8;
    if (rest > 0) TAKE(0);
    if (rest > 1) TAKE(1);
    if (rest > 2) TAKE(2);
    if (rest > 3) TAKE(3);
    if (rest > 4) TAKE(4);
    if (rest > 5) TAKE(5);
    if (rest > 6) TAKE(6);
    return tree(a0, a1, a2, a3, a4, a5, a6, a7, zero);
}

static inline float activated(float v, uint relu) { return relu ? (v > 0.0f ? v : 0.0f) : v; }

// One work-item a row: for CPUs, where a work-item is a stream of vector instructions.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void rows(__global const float *restrict weights, __global const float *restrict bias,
          __global const float *restrict x, __global float *restrict y,
          const uint rows, const uint stride, const uint relu, const uint zero) {
    const uint row = get_global_id(0);
    if (row >= rows) return;
    __global const float *w = weights + (size_t)row * stride;
    float sum;
    if (stride <= BLOCK) {
        sum = block_dot((__global const float8 *)w, (__global const float8 *)x, stride, zero);
    } else {
        // The block results are reduced like any other vector: block j goes to lane j mod 64.
        float8 lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        for (uint start = 0, j = 0; start < stride; start += BLOCK, ++j) {
            const uint n = min((uint)BLOCK, stride - start);
            float *lane = (float *)lanes + j % 64;
            *lane = add(*lane, block_dot((__global const float8 *)(w + start),
                                         (__global const float8 *)(x + start), n, zero));
        }
        sum = tree(lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6], lanes[7], zero);
    }
    y[row] = activated(add(sum, bias[row]), relu);
}

// Sixteen work-items a row, four lanes each: for GPUs, whose neighbours read neighbouring addresses.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void lanes(__global const float *restrict weights, __global const float *restrict bias,
           __global const float *restrict x, __global float *restrict y,
           const uint rows, const uint stride, const uint relu, const uint zero) {
    __local float8 pairs[GROUP / 2];  // float8 for its alignment: the tree reads two items' lanes at once
    __local float4 *shared = (__local float4 *)pairs;
    const uint item = get_local_id(0), lane = item % 16;
    const uint row = get_group_id(0) * (GROUP / 16) + item / 16;
    __global const float4 *w = (__global const float4 *)(weights + (size_t)min(row, rows - 1) * stride);
    __global const float4 *v = (__global const float4 *)x;
    float8 b[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    float *blocks = (float *)b;
    float sum = 0;
    for (uint start = 0, j = 0; start < stride; start += BLOCK, ++j) {
        const uint end = min(start + (uint)BLOCK, stride) / 4;
        float4 acc = 0;
        for (uint i = start / 4 + lane; i < end; i += 16) acc = settled4(acc + guarded4(w[i] * v[i]));
        shared[item] = acc;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane == 0) {
            __local const float8 *a = (__local const float8 *)(shared + item);
            sum = tree(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], zero);
            blocks[j % 64] = add(blocks[j % 64], sum);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane != 0 || row >= rows) return;
    if (stride > BLOCK) {
        sum = tree(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], zero);
    }
    y[row] = activated(add(sum, bias[row]), relu);
}
