// Attention for CPUs, where a work-item is a stream of vector instructions: it computes four query rows, keeps their
// scores in work-group memory, and takes tiles of sixteen keys, then of sixteen columns of the values. The operands are
// in the order of `lane_order`. Needs `rounding`, `elementary` with WIDTH 8, and `depth_first`.
//
// buffers     queries[heads][tiles][LANES][TERMS][4], keys[heads][tiles][LANES][TERMS][16],
//             values[heads][tiles][64][terms][16], y[heads][n][d]
// parameters  n: length of the sequence; d: width of a head; scale: bits of f32(1/sqrt(d)); zero: 0
// constants   GROUP: 1; LANES, TERMS: lanes of the dot of a query and a key, and terms per lane; SPAN: the number of
//             scores per row that there is room for; HALF: 1 if probabilities and results are rounded to f16; CAUSAL: 1
//             if a query has no later keys: then there are no tiles that are later than all of its four rows

#define ROWS 4
#define TILE8 2 // vectors of eight per row of a tile
#define GAP8 2  // vectors between rows of scores: rows a power of two apart would share a few cache lines

// Sums of four rows and sixteen columns, in registers; each letter is a row.
typedef struct {
    float8 a0, a1, b0, b1, c0, c1, d0, d1;
} tile;

static inline tile sum_of(tile x, tile y, uint zero) {
    const tile sums = {add(x.a0, y.a0), add(x.a1, y.a1), add(x.b0, y.b0), add(x.b1, y.b1),
                       add(x.c0, y.c0), add(x.c1, y.c1), add(x.d0, y.d0), add(x.d1, y.d1)};
    return sums;
}

static inline tile products_of(float a, float b, float c, float d, float8 v0, float8 v1, uint zero) {
    const tile products = {mul(a, v0), mul(a, v1), mul(b, v0), mul(b, v1),
                           mul(c, v0), mul(c, v1), mul(d, v0), mul(d, v1)};
    return products;
}

// Adds the pending sums to those of step `index` of a depth-first walk, level by level as in a binary counter. Returns
// the results, which are pending themselves until their other halves arrive.
static inline tile carried(tile sums, tile *pending, uint index, uint zero) {
    for (; index & 1u; index >>= 1, ++pending) sums = sum_of(*pending, sums, zero);
    *pending = sums;
    return sums;
}

// The sum of one lane's terms.
static inline float8 lane_sum(__global const float *q, __global const float8 *k, uint zero) {
    float8 sum = mul(q[0], k[0]);
    for (uint term = 1; term < TERMS; ++term) sum = add(sum, mul(q[term * ROWS], k[term * TILE8]));
    return sum;
}

static inline float8 four_lanes(__global const float *q, __global const float8 *k, uint zero) {
    const float8 low = add(lane_sum(q, k, zero), lane_sum(q + TERMS * ROWS, k + TERMS * TILE8, zero));
    q += 2 * TERMS * ROWS;
    k += 2 * TERMS * TILE8;
    return add(low, add(lane_sum(q, k, zero), lane_sum(q + TERMS * ROWS, k + TERMS * TILE8, zero)));
}

// The dots of four queries with sixteen keys.
static inline tile dots(__global const float *q, __global const float8 *k, uint zero) {
    tile pending[5], sums = {0, 0, 0, 0, 0, 0, 0, 0};
    for (uint four = 0; four < LANES / 4; ++four, q += 4 * TERMS * ROWS, k += 4 * TERMS * TILE8) {
        const tile next = {four_lanes(q, k, zero), four_lanes(q, k + 1, zero),
                           four_lanes(q + 1, k, zero), four_lanes(q + 1, k + 1, zero),
                           four_lanes(q + 2, k, zero), four_lanes(q + 2, k + 1, zero),
                           four_lanes(q + 3, k, zero), four_lanes(q + 3, k + 1, zero)};
        sums = carried(next, pending, four, zero);
    }
    return sums;
}

// The canonical softmax of a row of n scores, in place; scores from n on become +0.
static inline void softmax_row(__local float8 *row, uint n, uint zero) {
    __local float *scores = (__local float *)row;
    const uint vectors = (n + 63) / 64 * 8;
    for (uint j = n; j < 8 * vectors; ++j) scores[j] = scores[0];
    float8 most = row[0];
    for (uint j = 1; j < vectors; ++j) most = row[j] > most ? row[j] : most;
    const float4 four = most.lo > most.hi ? most.lo : most.hi;
    const float2 two = four.lo > four.hi ? four.lo : four.hi;
    const float top = two.x > two.y ? two.x : two.y;
    for (uint j = 0; j < vectors; ++j) row[j] = canonical_exp(sub(row[j], top), zero);
    for (uint j = n; j < 8 * vectors; ++j) scores[j] = 0.0f;
    float8 a[8];
    for (uint o = 0; o < 8; ++o) a[o] = row[o];
    for (uint j = 8; j < vectors; j += 8) {
        for (uint o = 0; o < 8; ++o) a[o] = add(a[o], row[j + o]);
    }
    for (uint s = 4; s > 0; s /= 2) {
        for (uint o = 0; o < s; ++o) a[o] = add(a[o], a[o + s]);
    }
    float4 c = settled4(a[0].lo + a[0].hi);
    c = settled4(c + c.zwxy);
    const float sum = settled4(c + c.yxwz).x;
    for (uint j = 0; j < vectors; ++j) {
        row[j] = canonical_divide(row[j], sum, zero);
        if (HALF) row[j] = canonical_half(row[j], zero);
    }
}

// Four rows of probabilities times sixteen columns of values, whose lanes have `room` terms, of which `terms` count.
static inline tile mixture(__local const float *p, uint stride, __global const float8 *v, uint terms, uint room,
                           uint zero) {
    tile pending[7], sums = {0, 0, 0, 0, 0, 0, 0, 0};
    for (uint place = 0; place < 64; ++place) {
        __local const float *at = p + lane_of(place);
        sums = products_of(at[0], at[stride], at[2 * stride], at[3 * stride], v[0], v[1], zero);
        v += TILE8;
        for (uint term = 1; term < terms; ++term, v += TILE8) {
            at += 64;
            sums = sum_of(sums, products_of(at[0], at[stride], at[2 * stride], at[3 * stride], v[0], v[1], zero), zero);
        }
        sums = carried(sums, pending, place, zero);
        v += (room - terms) * TILE8;
    }
    return sums;
}

typedef struct __attribute__((packed)) { float8 sums; } anywhere; // a row of y may begin at any multiple of four bytes

static inline void store(float8 sums, __global float *y, uint room, uint zero) {
    const uint8 bits = as_uint8(HALF ? canonical_half(sums, zero) : sums);
    const float8 results = as_float8(bits == 0x80000000u ? (uint8)(0u) : bits);
    if (room >= 8) {
        ((__global anywhere *)y)->sums = results;
    } else {
        for (uint c = 0; c < room; ++c) y[c] = ((const float *)&results)[c];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void attend(__global const float *restrict queries, __global const float8 *restrict keys,
            __global const float8 *restrict values, __global float *restrict y,
            const uint n, const uint d, const uint scale, const uint zero) {
    __local float8 scores[ROWS * (SPAN / 8 + GAP8)];
    const uint query_tiles = (n + ROWS - 1) / ROWS, key_tiles = (n + 15) / 16, room = (n + 63) / 64;
    const uint head = get_group_id(0) / query_tiles, first = get_group_id(0) % query_tiles * ROWS;
    const uint keys_used = CAUSAL ? min(first + ROWS, n) : n, terms = (keys_used + 63) / 64;
    const uint row8 = 8 * terms + GAP8;
    queries += (size_t)get_group_id(0) * LANES * TERMS * ROWS;
    keys += (size_t)head * key_tiles * LANES * TERMS * TILE8;
    for (uint at = 0; at < (keys_used + 15) / 16 * TILE8; at += TILE8, keys += LANES * TERMS * TILE8) {
        tile sums = dots(queries, keys, zero);
        const float s = as_float(scale);
        __local float8 *to = scores + at;
        to[0] = mul(sums.a0, s);
        to[1] = mul(sums.a1, s);
        to[row8] = mul(sums.b0, s);
        to[row8 + 1] = mul(sums.b1, s);
        to[2 * row8] = mul(sums.c0, s);
        to[2 * row8 + 1] = mul(sums.c1, s);
        to[3 * row8] = mul(sums.d0, s);
        to[3 * row8 + 1] = mul(sums.d1, s);
    }
    for (uint row = 0; row < ROWS; ++row)  // four rows that follow a multiple of four need as many blocks of 64 scores
        softmax_row(scores + row * row8, CAUSAL ? min(first + row + 1, n) : n, zero);
    const uint column_tiles = (d + 15) / 16;
    values += (size_t)head * column_tiles * 64 * room * TILE8;
    y += (size_t)(head * n + first) * d;
    for (uint column = 0; column < d; column += 16, values += 64 * room * TILE8) {
        tile sums = mixture((__local const float *)scores, 8 * row8, values, terms, room, zero);
        const float8 all[] = {sums.a0, sums.a1, sums.b0, sums.b1, sums.c0, sums.c1, sums.d0, sums.d1};
        for (uint row = 0; row < min((uint)ROWS, n - first); ++row) {
            store(all[2 * row], y + row * d + column, d - column, zero);
            if (column + 8 < d) store(all[2 * row + 1], y + row * d + column + 8, d - column - 8, zero);
        }
    }
}
