// The operations of `attention` on one row at a time. Needs `rounding` and `elementary`.

const ROWS = 1u;
alias Rows = f32;

fn guarded_rows(x: Rows) -> Rows { return guarded(x); }
fn settled_rows(x: Rows) -> Rows { return settled(x); }
fn exp_of(x: Rows) -> Rows { return canonical_exp(x); }
fn quotient(x: Rows, y: Rows) -> Rows { return canonical_divide(x, y); }
fn half_of(x: Rows) -> Rows { return canonical_half(x); }
fn from_row(first: u32, x: Rows, y: Rows) -> Rows { return select(y, x, first == 0u); }
fn row_of(x: Rows, row: u32) -> f32 { return x; }
