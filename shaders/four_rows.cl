// The operations of `attention` on four rows at a time, so that each load serves four rows. Needs `rounding` and
// `elementary`.

#define ROWS 4
typedef float4 rows;
#define guarded_rows guarded4
#define settled_rows settled4

static inline rows larger(rows a, rows b) { return a > b ? a : b; }

static inline rows exp_of(rows x, uint zero) {
    return (rows)(canonical_exp(x.x, zero), canonical_exp(x.y, zero), canonical_exp(x.z, zero),
                  canonical_exp(x.w, zero));
}

static inline rows quotient(rows x, rows y, uint zero) {
    return (rows)(canonical_divide(x.x, y.x, zero), canonical_divide(x.y, y.y, zero),
                  canonical_divide(x.z, y.z, zero), canonical_divide(x.w, y.w, zero));
}

static inline rows half_of(rows x, uint zero) {
    return (rows)(canonical_half(x.x, zero), canonical_half(x.y, zero), canonical_half(x.z, zero),
                  canonical_half(x.w, zero));
}

// The rows of x from `first` on, those of y before it.
static inline rows from_row(uint first, rows x, rows y) { return (uint4)(0, 1, 2, 3) >= first ? x : y; }

static inline float row_of(rows x, uint row) { return ((const float *)&x)[row]; }
