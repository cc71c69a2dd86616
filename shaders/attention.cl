// Attention: a work-group of 64 computes the query rows of `one_row` or `four_rows` and keeps their scores in workgroup
// memory. A work-item takes every 64th key, which makes it one lane of the softmax's sum, then every 64th column of the
// values. The operands are in the order of `lane_order`, and sums walk the tree depth first.
//
// buffers     queries[heads][tiles][lanes][terms][ROWS], keys[heads][tiles][lanes][terms][64],
//             values[heads][tiles][64][ceil(n/64)][64], y[heads][n][d]
// parameters  n: length of the sequence; d: width of a head; scale: bits of f32(1/sqrt(d)); eights: groups of eight
//             lanes in the dot of a query and a key; terms: terms per lane of that dot; zero: 0
// constants   GROUP: 64; SPAN: the number of scores that there is room for; HALF: 1 if probabilities and results are
//             rounded to f16; CAUSAL: 1 if a query has no later keys
//
// Of keys that are later than all of a group's queries there are no scores; those that are later than some of them have
// the probability +0 there.

typedef struct {
    rows one, two, four;
} waiting;

// Adds the pending sums to the sum of the index-th eight lanes, level by level as in a binary counter. Returns the
// result, which is pending itself until its other half arrives.
static inline rows carried(rows sum, waiting *pending, uint index, uint zero) {
    if ((index & 1u) == 0u) return pending->one = sum;
    sum = settled_rows(pending->one + sum);
    if ((index & 2u) == 0u) return pending->two = sum;
    sum = settled_rows(pending->two + sum);
    if ((index & 4u) == 0u) return pending->four = sum;
    return settled_rows(pending->four + sum);
}

static inline rows sum_of_two(rows a, rows b, uint zero) { return settled_rows(a + b); }

#define EIGHT_LANES(lane) \
    sum_of_two(sum_of_two(sum_of_two(lane(0), lane(1), zero), sum_of_two(lane(2), lane(3), zero), zero), \
               sum_of_two(sum_of_two(lane(4), lane(5), zero), sum_of_two(lane(6), lane(7), zero), zero), zero)

// One lane of the dots of ROWS queries with a key.
static inline rows dot_lane(__global const rows *q, __global const float *k, uint terms, uint zero) {
    rows sum = guarded_rows(q[0] * k[0]);
    for (uint term = 1; term < terms; ++term) sum = settled_rows(sum + guarded_rows(q[term] * k[term * 64]));
    return sum;
}

static inline rows dots(__global const rows *q, __global const float *k, uint eights, uint terms, uint zero) {
    waiting pending;
    rows sum = 0;
    for (uint eight = 0; eight < eights; ++eight, q += 8 * terms, k += 8 * 64 * terms) {
#define DOT_LANE(i) dot_lane(q + i * terms, k + i * terms * 64, terms, zero)
        sum = carried(EIGHT_LANES(DOT_LANE), &pending, eight, zero);
    }
    return sum;
}

// One lane of ROWS rows of probabilities times a column of values.
static inline rows mixture_lane(__local const rows *p, __global const float *v, uint terms, uint zero) {
    rows sum = guarded_rows(p[0] * v[0]);
    for (uint term = 1; term < terms; ++term) sum = settled_rows(sum + guarded_rows(p[term * 64] * v[term * 64]));
    return sum;
}

// A lane of the values has `room` terms, of which `terms` count.
static inline rows mixture(__local const rows *p, __global const float *v, uint terms, uint room, uint zero) {
    waiting pending;
    rows sum = 0;
    for (uint eight = 0; eight < 8; ++eight, v += 8 * 64 * room) {
        // The lane of place 8·eight + i is its six bits reversed: those of `eight` here, those of i in MIXTURE_LANE.
        __local const rows *at = p + ((eight & 1u) << 2 | (eight & 2u) | eight >> 2);
#define PLACED(i, lane) mixture_lane(at + lane, v + i * room * 64, terms, zero)
#define MIXTURE_LANE(i) PLACED(i, ((i & 1) << 5 | (i & 2) << 3 | (i & 4) << 1))
        sum = carried(EIGHT_LANES(MIXTURE_LANE), &pending, eight, zero);
    }
    return sum;
}

// The halving tree of sums or maxima over the work-group; every work-item gets the result.
#define TREE(lanes, item, value, both) \
    lanes[item] = value; \
    for (uint s = GROUP / 2; s > 0; s /= 2) { \
        barrier(CLK_LOCAL_MEM_FENCE); \
        if (item < s) lanes[item] = both(lanes[item], lanes[item + s]); \
    } \
    barrier(CLK_LOCAL_MEM_FENCE); \
    value = lanes[0]; \
    barrier(CLK_LOCAL_MEM_FENCE)

// The first row of a group with key j, where the group's first query is `first`.
static inline uint first_row(uint j, uint first) { return CAUSAL && j > first ? j - first : 0; }

// The canonical softmax of n scores, in place; scores from n on, and those that are masked, become +0.
static inline void softmax(__local rows *scores, __local rows *lanes, uint n, uint first, uint item, uint zero) {
    barrier(CLK_LOCAL_MEM_FENCE);
    rows most = scores[0];
    for (uint j = item; j < n; j += GROUP) most = from_row(first_row(j, first), larger(most, scores[j]), most);
    barrier(CLK_LOCAL_MEM_FENCE);
    TREE(lanes, item, most, larger);
    rows sum = 0;
    for (uint j = item; j < n; j += GROUP) {
        scores[j] = from_row(first_row(j, first), exp_of(settled_rows(scores[j] - most), zero), (rows)(0));
        sum = settled_rows(sum + scores[j]);
    }
#define SUM_OF_LANES(a, b) settled_rows(a + b)
    TREE(lanes, item, sum, SUM_OF_LANES);
    for (uint j = item; j < n; j += GROUP) {
        const rows p = quotient(scores[j], sum, zero);
        scores[j] = HALF ? half_of(p, zero) : p;
    }
    for (uint j = n + item; j < (n + 63) / 64 * 64; j += GROUP) scores[j] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void attend(__global const rows *restrict queries, __global const float *restrict keys,
            __global const float *restrict values, __global uint *restrict y,
            const uint n, const uint d, const uint scale, const uint eights, const uint terms, const uint zero) {
    __local rows scores[SPAN], lanes[GROUP];
    const uint item = get_local_id(0), query_tiles = (n + ROWS - 1) / ROWS;
    const uint head = get_group_id(0) / query_tiles, first = get_group_id(0) % query_tiles * ROWS;
    const uint keys_used = CAUSAL ? min(first + ROWS, n) : n;
    const size_t dot_words = 8 * eights * terms;
    queries += get_group_id(0) * dot_words;
    keys += head * ((n + 63) / 64) * dot_words * 64 + item;
    for (uint j = item; j < (keys_used + 63) / 64 * 64; j += GROUP, keys += dot_words * 64) {
        scores[j] = guarded_rows(dots(queries, keys, eights, terms, zero) * as_float(scale));
    }
    softmax(scores, lanes, keys_used, first, item, zero);
    const uint row_terms = (n + 63) / 64;
    values += (size_t)head * ((d + 63) / 64) * 64 * row_terms * 64 + item;
    for (uint column = item; column < d; column += GROUP, values += 64 * row_terms * 64) {
        const rows sums = mixture(scores, values, (keys_used + 63) / 64, row_terms, zero);
        const rows results = HALF ? half_of(sums, zero) : sums;
        for (uint row = 0; row < min((uint)ROWS, n - first); ++row) {
            const uint bits = as_uint(row_of(results, row));
            y[((size_t)head * n + first + row) * d + column] = bits == 0x80000000u ? 0u : bits;
        }
    }
}
