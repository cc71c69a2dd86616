// The dot of int8 weights, four per word, and int8 activations of 0 to 127: the integer tier, exact in any order.

typedef int total;        // a dot, a bias, a logit
typedef char activation;  // an element of x
typedef int partial;      // the share of one of sixteen work-items

#if defined(__AVX2__) && defined(__has_builtin)
#if __has_builtin(__builtin_ia32_pmaddwd256) && __has_builtin(__builtin_ia32_pmaddubsw256)
#define BYTE_PAIRS
#endif
#endif

#ifdef BYTE_PAIRS
// A short holds the sum of two products: 2 · 127 · 127 < 2^15. PoCL's compiler offers the instructions as built-ins.
typedef char bytes __attribute__((ext_vector_type(32)));
typedef short shorts __attribute__((ext_vector_type(16)));
#define TAKE(n) a##n += __builtin_ia32_pmaddwd256(__builtin_ia32_pmaddubsw256(v[n], w[n]), (shorts)(1))
#else
typedef struct { char16 low, high; } bytes;
// The same sums: a product of the low half and one of the high half in a short, and two such shorts in an int.
static inline int8 pair_sums(bytes w, bytes v) {
    const int8 pairs = as_int8(convert_short16(w.low) * convert_short16(v.low)
                               + convert_short16(w.high) * convert_short16(v.high));
    return (pairs << 16 >> 16) + (pairs >> 16);
}
#define TAKE(n) a##n += pair_sums(w[n], v[n])
#endif

static inline int row_dot(__global const uint *words, __global const char *x, uint n, uint zero) {
    __global const bytes *w = (__global const bytes *)words, *v = (__global const bytes *)x;
    int8 a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (uint i = n / 32; i > 0; --i, w += 4, v += 4) { TAKE(0); TAKE(1); TAKE(2); TAKE(3); }
    for (uint i = n % 32 / 8; i > 0; --i, ++w, ++v) TAKE(0);
    a0 += a1 + (a2 + a3);
    const int4 c = a0.lo + a0.hi;
    return c.x + c.y + (c.z + c.w);
}

static inline int4 products(uint4 w, uint4 v) {
    const char16 a = as_char16(w), b = as_char16(v);
    return convert_int4(a.lo.lo) * convert_int4(b.lo.lo) + convert_int4(a.lo.hi) * convert_int4(b.lo.hi)
         + convert_int4(a.hi.lo) * convert_int4(b.hi.lo) + convert_int4(a.hi.hi) * convert_int4(b.hi.hi);
}

// The share of work-item `item` of sixteen: every sixteenth group of four of `n` words.
static inline int item_dot(__global const uint *words, __global const char *x, uint n, uint item, uint zero) {
    __global const uint4 *w = (__global const uint4 *)words, *v = (__global const uint4 *)x;
    int4 acc = 0;
    for (uint i = item; i < n / 4; i += 16) acc += products(w[i], v[i]);
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

static inline int biased(int sum, int bias, uint zero) { return sum + bias; }

// An element of the next layer's input: shifted, rounded half up, at most 127.
static inline char activated(int sum, uint shift, uint zero) {
    const int positive = max(sum, 0);
    return (char)min(127, (positive >> shift) + (positive >> (shift - 1) & 1)); // half up, within 32 bits
}
