// x = a·x + b, repeated in registers: for measuring the best rate of a device's arithmetic.
//
// buffers     factors[2]: a, b; y[items]: the sum of a work-item's lanes, so that no lane can be optimised away
// parameters  rounds; zero: 0
// constants   GROUP: work-items per work-group
//
// A work-item has 96 lanes in twelve chains: enough for a step not to wait for the one before, and few enough for the
// registers of AVX2. Lane k starts at item + k. The compiler may fuse here, since that is what is measured.

#pragma OPENCL FP_CONTRACT ON

#define CHAINS 12

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void multiply_add(__global const float *factors, __global float *y, const uint rounds, const uint zero) {
    const uint item = get_global_id(0);
    const float8 a = factors[0], b = factors[1], lanes = (float8)(0, 1, 2, 3, 4, 5, 6, 7);
    float8 x[CHAINS];
    #pragma unroll
    for (uint i = 0; i < CHAINS; ++i) x[i] = (float)(item + 8 * i) + lanes;
    for (uint round = 0; round < rounds; ++round) {
        #pragma unroll
        for (uint i = 0; i < CHAINS; ++i) x[i] = x[i] * a + b;
    }
    float8 sum = 0;
    #pragma unroll
    for (uint i = 0; i < CHAINS; ++i) sum += x[i];
    const float4 half_sum = sum.lo + sum.hi;
    y[item] = half_sum.x + half_sum.y + half_sum.z + half_sum.w;
}
