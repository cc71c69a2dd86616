// The canonical sum of NUMERICS.md section 2, for dtypes whose sums are f32: 64 lanes, a halving tree, blocks.
//
// constants   BLOCK: elements summed before a new accumulation starts (4096); PER_WORD: weights per word (f32 1, f16
//             2); LONG: 1 if a row is longer than one block
//
// The 64 lanes are eight float8, since PoCL 3.0 miscompiles float16 loads on AVX2-only builds. lane[i] + lane[i+s] adds
// whole vectors for s = 32, 16, 8 and halves of vectors for s = 4, 2, 1.

typedef float total;       // a dot, a bias, a logit
typedef float activation;  // an element of x
typedef float4 partial;    // four of the 64 lanes: the share of one of sixteen work-items

static inline float tree(float8 a0, float8 a1, float8 a2, float8 a3, float8 a4, float8 a5, float8 a6, float8 a7,
                         uint zero) {
    a0 = settled8(a0 + a4); a1 = settled8(a1 + a5); a2 = settled8(a2 + a6); a3 = settled8(a3 + a7);
    a0 = settled8(a0 + a2); a1 = settled8(a1 + a3);
    a0 = settled8(a0 + a1);
    const float4 c = settled4(a0.lo + a0.hi);
    return add(add(c.x, c.z), add(c.y, c.w));
}

// The dot of `n` words of a row, at most a block. The dot part that follows defines it.
static inline float block_dot(__global const uint *w, __global const float *x, uint n, uint zero);

// The dot of a whole row of `stride` words. Block results are reduced in the same way: block j goes to lane j mod 64.
static inline float row_dot(__global const uint *w, __global const float *x, uint stride, uint zero) {
    if (!LONG) return block_dot(w, x, stride, zero);
    float8 b[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (uint j = 0, start = 0; start < stride; ++j, start += BLOCK / PER_WORD) {
        float *lane = (float *)b + j % 64;
        *lane = add(*lane, block_dot(w + start, x + j * BLOCK, min((uint)(BLOCK / PER_WORD), stride - start), zero));
    }
    return tree(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], zero);
}

// The sum of the shares of sixteen work-items.
static inline float gathered(__local const partial *items, uint zero) {
    __local const float8 *a = (__local const float8 *)items;
    return tree(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], zero);
}

// `sums` with the result of block j added to its lane, for the work-item that holds that lane.
static inline float4 with_block(float4 sums, float result, uint j, uint zero) {
    const uint4 lane = (uint4)(0, 1, 2, 3);
    return settled4(sums + select((float4)(0), (float4)(result), lane == (uint4)(j % 4)));
}

static inline float biased(float sum, float bias, uint zero) { return add(sum, bias); }
