// The operations of `attention` on one row at a time. Needs `rounding` and `elementary`.

#define ROWS 1
typedef float rows;
#define guarded_rows guarded
#define settled_rows settled

static inline rows larger(rows a, rows b) { return a > b ? a : b; }
static inline rows exp_of(rows x, uint zero) { return canonical_exp(x, zero); }
static inline rows quotient(rows x, rows y, uint zero) { return canonical_divide(x, y, zero); }
static inline rows half_of(rows x, uint zero) { return canonical_half(x, zero); }
static inline rows from_row(uint first, rows x, rows y) { return first == 0 ? x : y; }
static inline float row_of(rows x, uint row) { return x; }
