// Contractions as textbooks write them: a work-item takes a row and computes its outputs one after another. Needs
// `depth_first`, a products part and `epilogue`.
//
// buffers     a, b: an element of matrix m at offset + m·matrix + line·along + k·down; extra, y: an element at offset +
//             m·matrix + r·along + c·down
// parameters  matrices; rows, depth, columns; ones: 1 if b has one more column, all ones; offset, matrix, along, down
//             of a, b, extra and y; kind, least as in `epilogue`; zero: 0
// constants   GROUP: work-items per work-group; BLOCK: 4096

#define LEVELS 12  // of the tree: 6 for one block, 12 for up to 64 blocks

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void for_loop(__global const float *restrict a, __global const float *restrict b, __global const float *restrict extra,
              __global float *restrict y, const uint matrices, const uint rows, const uint depth, const uint columns,
              const uint ones, const uint a_offset, const uint a_matrix, const uint a_along, const uint a_down,
              const uint b_offset, const uint b_matrix, const uint b_along, const uint b_down, const uint extra_offset,
              const uint extra_matrix, const uint extra_along, const uint extra_down, const uint y_offset,
              const uint y_matrix, const uint y_along, const uint y_down, const uint kind, const uint least,
              const uint zero) {
    const uint m = get_global_id(0) / rows, r = get_global_id(0) % rows, leaves = depth > BLOCK ? 4096 : 64;
    if (m >= matrices) return;
    a += a_offset + (size_t)m * a_matrix + (size_t)r * a_along;
    b += b_offset + (size_t)m * b_matrix;
    extra += extra_offset + (size_t)m * extra_matrix + (size_t)r * extra_along;
    y += y_offset + (size_t)m * y_matrix + (size_t)r * y_along;
    for (uint c = 0; c < columns + ones; ++c) {
        __global const float *w = b + (size_t)c * b_along;
        float waiting[LEVELS], sum = 0;
        for (uint leaf = 0; leaf < leaves; ++leaf) {
            const uint start = lane_of(leaf / 64) * BLOCK, end = min(start + BLOCK, depth);
            sum = 0;
            for (uint k = start + lane_of(leaf % 64); k < end; k += 64)
                sum = plus_product(sum, a[(size_t)k * a_down], c < columns ? w[(size_t)k * b_down] : 1.0f, zero);
            uint level = 0;
            for (uint rest = leaf; rest & 1; rest >>= 1, ++level) sum = settled(waiting[level] + sum);
            if (level < LEVELS) waiting[level] = sum;
        }
        const float with = kind == PLAIN ? 0.0f : extra[(size_t)c * extra_down];
        y[(size_t)c * y_down] = epilogue(sum, with, kind, least, zero);
    }
}
