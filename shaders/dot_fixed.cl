// The dot of fixed-point numbers, whole thousandths, one per word: exact in any order, since every sum fits 32 bits. A
// sum of products is divided by 1000 and rounded half up before the bias is added.

typedef int total;       // a dot, a bias, a result
typedef int activation;  // an element of x
typedef int partial;     // the share of one of sixteen work-items

static inline int row_dot(__global const uint *words, __global const int *x, uint n, uint zero) {
    __global const int8 *w = (__global const int8 *)words, *v = (__global const int8 *)x;
    int8 a = 0, b = 0;
    for (uint i = n / 16; i > 0; --i, w += 2, v += 2) {  // rows are a multiple of 16 words
        a += w[0] * v[0];
        b += w[1] * v[1];
    }
    a += b;
    const int4 c = a.lo + a.hi;
    return c.x + c.y + (c.z + c.w);
}

// The share of work-item `item` of sixteen: every sixteenth group of four of `n` words.
static inline int item_dot(__global const uint *words, __global const int *x, uint n, uint item, uint zero) {
    __global const int4 *w = (__global const int4 *)words, *v = (__global const int4 *)x;
    int4 acc = 0;
    for (uint i = item; i < n / 4; i += 16) acc += w[i] * v[i];
    return acc.x + acc.y + (acc.z + acc.w);
}

// The sum of the shares of sixteen work-items.
static inline int gathered(__local const int *items, uint zero) {
    int sum = 0;
    for (uint i = 0; i < 16; ++i) sum += items[i];
    return sum;
}

// `sums` with the result of block j added.
static inline int with_block(int sums, int result, uint j, uint zero) { return sums + result; }

// Only the division of numbers that are not negative is the same everywhere, hence OFFSET: every sum is at least
// -OFFSET and below 2^32 - OFFSET.
#define OFFSET 2147484000u

static inline int biased(int sum, int bias, uint zero) {
    return (int)(((uint)sum + 500 + OFFSET) / 1000) - OFFSET / 1000 + bias;
}

static inline int activated(int sum, uint activation, uint zero) { return max(sum, 0); }
